"""How far people have read a room: store it, and tell the others."""

import asyncio

from chat_app import messages, protocol
from chat_app.background import DelayedCall, log_errors, spawn

BATCH_SECONDS = 0.2
STORE_MARKS_SECONDS = 1


class ReadMarks:
    """How far people have read.

    A client shows how far anybody else has read. That is the highest mark, or the second highest
    for the user who set the highest. So only these two are announced.
    """

    def __init__(self, hub):
        self.hub = hub
        self.pending = {}  # {user id: number}, not stored yet
        self.news = {}  # {username: number}, stored and not announced yet
        self.top = {}  # {username: number}, the two highest
        self.task = None
        self.announcement = DelayedCall(self.announce, lambda: BATCH_SECONDS)

    async def load(self):
        """Learn the highest marks from the database."""
        self.top = top_two(self.top, await messages.read_marks(self.hub.room_id))

    def of_others(self, username):
        """How far anybody but this user has read."""
        return max((seq for name, seq in self.top.items() if name != username), default=0)

    def add(self, user_id, seq):
        """Remember that the user has read up to `seq`."""
        self.pending[user_id] = max(self.pending.get(user_id, 0), seq)
        if self.task is None or self.task.done():
            self.task = spawn(self.store())

    async def store(self):
        """Store marks until there are none: once a second, in one transaction for all."""
        while self.pending:
            marks = self.pending
            self.pending = {}
            storing = messages.raise_read_marks(self.hub.room_id, marks)
            raised = await log_errors(storing, "storing read marks")
            if raised is None:
                self.pending = marks | self.pending
            else:
                self.news |= raised
                self.announcement.schedule()
            await asyncio.sleep(STORE_MARKS_SECONDS)

    def announce(self):
        """Tell all processes what changed in the two highest marks."""
        top = top_two(self.top, self.news)
        changed = {name: seq for name, seq in top.items() if self.top.get(name) != seq}
        self.news = {}
        self.top = top
        if changed:
            self.hub.publisher.publish(seen=changed)

    def hear(self, marks):
        """Pass on to the clients what a process has announced."""
        self.top = top_two(self.top, marks)
        for username, seq in marks.items():
            frame = protocol.encode("seen", user=username, seq=seq)
            self.hub.relay(frame, except_user=None)


def top_two(marks, more_marks):
    """The two highest of {username: number} and others like it."""
    merged = dict(marks)
    for username, seq in more_marks.items():
        merged[username] = max(seq, merged.get(username, 0))
    return dict(sorted(merged.items(), key=lambda mark: mark[1], reverse=True)[:2])
