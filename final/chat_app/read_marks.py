"""Read marks: store how far people have read a room, and tell the others."""

import asyncio

from django.db import transaction

from chat_app import protocol
from chat_app.background import DelayedCall, Worker, log_errors
from chat_app.database import in_read_thread, in_write_thread
from chat_app.models import Membership

BATCH_SECONDS = 0.2
STORE_MARKS_SECONDS = 1


class ReadMarks:
    """How far people have read a room.

    A client shows how far anybody else has read. That is the highest mark, or for the user who has
    the highest mark, the second highest. So only these two are announced.
    """

    def __init__(self, hub):
        self.hub = hub
        self.pending = {}  # {user id: number}, not stored yet
        self.news = {}  # {username: number}, stored and not announced yet
        self.top = {}  # {username: number}, the two highest
        self.worker = Worker(self.store)
        self.announcement = DelayedCall(self.announce, lambda: BATCH_SECONDS)

    async def load(self):
        """Learn the highest marks from the database."""
        self.top = top_two(self.top, await load_highest(self.hub.room_id))

    async def refresh(self):
        """Read the highest marks again, and pass on those that rose without an announcement."""
        top = top_two(self.top, await load_highest(self.hub.room_id))
        self.hear({name: seq for name, seq in top.items() if seq > self.top.get(name, 0)})

    def of_others(self, username):
        """How far anybody but this user has read."""
        return max((seq for name, seq in self.top.items() if name != username), default=0)

    def add(self, user_id, seq):
        """Remember that the user has read up to `seq`."""
        self.pending[user_id] = max(self.pending.get(user_id, 0), seq)
        self.worker.wake()

    async def store(self):
        """Store marks until none are left: once a second, in one transaction for all."""
        while self.pending:
            marks = self.pending
            self.pending = {}
            storing = raise_marks(self.hub.room_id, marks)
            raised = await log_errors(storing, "storing read marks")
            if raised is None:
                for user_id, seq in marks.items():
                    self.add(user_id, seq)  # this keeps the higher one
            else:
                self.news |= raised
                self.announcement.schedule()
            await asyncio.sleep(STORE_MARKS_SECONDS)

    def announce(self):
        """Announce to all processes what changed in the two highest marks."""
        top = top_two(self.top, self.news)
        changed = {name: seq for name, seq in self.news.items() if top.get(name) == seq}
        self.news = {}
        self.top = top
        if changed:
            self.hub.publisher.publish(seen=changed)

    def hear(self, marks):
        """Pass another process's announcement on to the clients."""
        self.top = top_two(self.top, marks)
        for username, seq in marks.items():
            frame = protocol.encode("seen", user=username, seq=seq)
            self.hub.relay(frame)


def top_two(marks, more_marks):
    """The two highest marks in any number of {username: number} dicts."""
    merged = dict(marks)
    for username, seq in more_marks.items():
        merged[username] = max(seq, merged.get(username, 0))
    return dict(sorted(merged.items(), key=lambda mark: mark[1], reverse=True)[:2])


@in_read_thread
def load_highest(room_id):
    """The two highest read marks of a room: {username: number}."""
    highest = Membership.objects.filter(room=room_id, seen__gt=0).order_by("-seen")[:2]
    return dict(highest.values_list("user__username", "seen"))


@in_write_thread
@transaction.atomic
def raise_marks(room_id, marks):
    """Raise members' read marks to {user id: number}. Returns {username: number} for these."""
    memberships = (
        Membership.objects.filter(room=room_id, user__in=marks)
        .select_for_update(of=("self",))
        .select_related("user")
        .order_by("pk")
    )
    raised = []
    for membership in memberships:
        if membership.seen < marks[membership.user_id]:
            membership.seen = marks[membership.user_id]
            raised.append(membership)
    Membership.objects.bulk_update(raised, ["seen"])
    return {membership.user.username: membership.seen for membership in raised}
