"""Keeps every socket of this process up to date, with one query for all users together.

Every two seconds, it reads from the database what is unread in the rooms of all connected users. It
needs no events from other processes, so it can't miss one. And people who may no longer see a room
no longer get its numbers.
"""

import asyncio
import time

from django.conf import settings

from chat_app import protocol, rights
from chat_app.background import Worker, log_error, log_errors
from chat_app.database import in_read_thread
from notices.counts import count_in_thread

COUNT_SECONDS = 2
MAX_SOCKETS = 10  # sockets per user in this process
find_users = in_read_thread(rights.find_users)


class LiveCounts:
    """The sockets of this process, and the task that keeps them up to date."""

    def __init__(self):
        self.waiting = []  # sockets whose session isn't known yet
        self.sockets = {}  # {user id: their sockets, oldest first}
        self.checked_at = 0
        self.admission = Worker(self.admit)
        self.updates = Worker(self.run)

    def join(self, socket):
        """Serve this socket from now on, if its session is logged in."""
        self.waiting.append(socket)
        self.admission.wake()

    def leave(self, socket):
        """Forget a socket that is closed."""
        sockets = self.sockets.get(socket.user_id, [])
        if socket in sockets:
            sockets.remove(socket)
        if not sockets:
            self.sockets.pop(socket.user_id, None)

    async def admit(self):
        """Admit all waiting sockets, with the same queries for all of them."""
        while self.waiting:
            sockets = self.waiting
            self.waiting = []
            try:
                users = await find_users({socket.session_key for socket in sockets})
                user_ids = {user.pk for user in users.values()}
                counts = await count_in_thread(user_ids)
            except Exception as error:
                log_error("letting sockets in", error)
                for socket in sockets:
                    socket.end(protocol.UNAVAILABLE)
                continue
            for socket in sockets:
                user = users.get(socket.session_key)
                self.welcome(socket, user, counts)
            self.updates.wake()

    def welcome(self, socket, user, counts):
        """Add a socket. If the user has too many, it replaces their oldest one."""
        if socket.ended:
            return
        if user is None:
            socket.end(protocol.NOT_LOGGED_IN)
            return
        socket.user_id = user.pk
        sockets = self.sockets.setdefault(user.pk, [])
        sockets.append(socket)
        socket.show(counts.get(user.pk, {}))
        if len(sockets) > MAX_SOCKETS:
            sockets[0].end(protocol.DISPLACED)

    async def run(self):
        """Keep all sockets up to date, for as long as there are any."""
        while self.sockets:
            await asyncio.sleep(COUNT_SECONDS)
            await log_errors(self.check_sessions(), "checking sessions")
            await log_errors(self.update(), "counting unread messages")

    async def check_sessions(self):
        """At each heartbeat, close the sockets whose session has ended."""
        if time.monotonic() - self.checked_at < settings.CHAT["BEAT_SECONDS"]:
            return
        self.checked_at = time.monotonic()
        sockets = [socket for sockets in self.sockets.values() for socket in sockets]
        users = await find_users({socket.session_key for socket in sockets})
        for socket in sockets:
            user = users.get(socket.session_key)
            if user is None or user.pk != socket.user_id:
                socket.end(protocol.NOT_LOGGED_IN)

    async def update(self):
        """Read what is unread, and notify everybody whose numbers have changed."""
        user_ids = list(self.sockets)
        counts = await count_in_thread(user_ids)
        for user_id in user_ids:
            for socket in list(self.sockets.get(user_id, [])):
                socket.show(counts.get(user_id, {}))


live_counts = LiveCounts()
