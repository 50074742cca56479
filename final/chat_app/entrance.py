"""Entering a room: find the user, check that they may enter, and load their read mark.

After a restart, everybody reconnects at once. So waiting sockets are admitted in batches that share
the same few queries, and sockets that have closed in the meantime are skipped.
"""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Any

from chat_app import plugins, protocol
from chat_app.background import Worker, spawn
from chat_app.database import in_read_thread, in_write_thread
from chat_app.models import Membership, Room
from chat_app.rights import find_users

MAX_BATCH = 64


@dataclass(eq=False)
class Arrival:
    """A socket that wants to enter a room. Its `future` resolves to an Admission."""

    session_key: str
    room_name: str
    future: asyncio.Future


@dataclass
class Admission:
    """Who enters which room; `seen` is how far they have read, `head` the newest message.

    For a socket that may not enter, `code` is the close code.
    """

    user: Any = None
    room_id: int = 0
    head: int = 0
    seen: int | None = None
    code: int | None = None


class Entrance:
    """Admits waiting sockets in batches, in the order in which they arrived.

    The simple version calls `admit` for one socket after the other. With that, an entry takes more
    than nine times the processor time while many are entering.
    """

    def __init__(self):
        self.waiting = deque()
        self.worker = Worker(self.run)

    async def enter(self, session_key, room_name):
        """Return the Admission of a socket. If the caller is cancelled, it leaves the queue."""
        arrival = Arrival(session_key, room_name, asyncio.get_running_loop().create_future())
        self.waiting.append(arrival)
        self.worker.wake()
        return await arrival.future

    async def run(self):
        """Admit batches until nobody waits."""
        while self.waiting:
            await asyncio.sleep(0)  # sockets that open at this moment share the batch
            if batch := self.next_batch():
                await self.admit(batch)

    def next_batch(self):
        """Take arrivals from the queue, without those whose sockets have closed."""
        batch = []
        while self.waiting and len(batch) < MAX_BATCH:
            arrival = self.waiting.popleft()
            if not arrival.future.done():
                batch.append(arrival)
        return batch

    async def admit(self, batch):
        """Look up the batch. People who are new to their room are admitted later."""
        wanted = [(arrival.session_key, arrival.room_name) for arrival in batch]
        try:
            admissions = await look_up(wanted)
        except Exception as error:
            fail(batch, error)
            return
        newcomers = defaultdict(list)
        for arrival, admission in zip(batch, admissions, strict=True):
            if admission.code is None and admission.seen is None:
                newcomers[admission.room_id].append((arrival, admission))
            else:
                succeed(arrival, admission)
        for room_id, pairs in newcomers.items():  # a locked room only delays its own people
            spawn(self.admit_newcomers(room_id, pairs))

    async def admit_newcomers(self, room_id, pairs):
        """Make people members of a public room, and admit them."""
        user_ids = {admission.user.pk for _, admission in pairs}
        try:
            await add_members(room_id, user_ids)
        except Exception as error:
            fail([arrival for arrival, _ in pairs], error)
            return
        for arrival, admission in pairs:
            admission.seen = 0
            succeed(arrival, admission)


def succeed(arrival, admission):
    """Admit an arrival, unless its socket has closed."""
    if not arrival.future.done():
        arrival.future.set_result(admission)


def fail(arrivals, error):
    """Pass an error on to the sockets that are still waiting."""
    for arrival in arrivals:
        if not arrival.future.done():
            arrival.future.set_exception(error)


entrance = Entrance()


@in_read_thread
def look_up(wanted):
    """Return an Admission for each (session key, room name), with four queries for all of them.

    If a plugin closes one of the rooms to somebody, it takes a fifth.
    """
    users = find_users({session_key for session_key, _ in wanted if session_key})
    names = {room_name for _, room_name in wanted}
    found = Room.objects.annotate(guarded=plugins.is_guarded()).filter(name__in=names)
    rooms = {room.name: room for room in found}
    user_ids = {user.pk for user in users.values()}
    guarded = [room.pk for room in rooms.values() if room.guarded]
    excluded = plugins.find_excluded(guarded, user_ids)
    memberships = Membership.objects.filter(
        room__in=[room.pk for room in rooms.values()],
        user__in=user_ids,
    )
    rows = memberships.values_list("room_id", "user_id", "seen")
    seen = {(room_id, user_id): number for room_id, user_id, number in rows}
    return [
        decide(users.get(session_key), rooms.get(room_name), seen, excluded)
        for session_key, room_name in wanted
    ]


def decide(user, room, seen, excluded):
    """Admit a user (or None) to a room (or None)."""
    if user is None:
        return Admission(code=protocol.NOT_LOGGED_IN)
    if room is None or (room.private and (room.pk, user.pk) not in seen):
        return Admission(code=protocol.NOT_A_MEMBER)
    if (room.pk, user.pk) in excluded:
        return Admission(code=protocol.NOT_A_MEMBER)
    return Admission(user, room.pk, room.head, seen.get((room.pk, user.pk)))


@in_write_thread
def add_members(room_id, user_ids):
    """Make the users members of a room, unless they are already."""
    memberships = [Membership(room_id=room_id, user_id=user_id) for user_id in sorted(user_ids)]
    Membership.objects.bulk_create(memberships, ignore_conflicts=True)
