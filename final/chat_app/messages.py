"""The only writer of messages, and the reader of ranges of them.

While one batch commits, the next one gathers, and all that waits is stored in one transaction:
under load that is many times faster than a transaction for each message. The same transaction
raises the room's counter, so numbers have no holes and a higher one never commits first.
"""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from types import SimpleNamespace

from channels.db import database_sync_to_async
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from chat_app.models import Membership, Message, Room

PAGE = 200


def draft(room_id, author, client_id, text):
    """A message until it is stored. A model's instance takes ten times as long to make."""
    who = {"author": author, "author_id": author.pk, "client_id": client_id}
    return SimpleNamespace(room_id=room_id, **who, text=text, seq=None, at=None)


def store(drafts):
    """Store the messages; return for each the stored one, or the code of an error."""
    try:
        return store_all(drafts, {})
    except IntegrityError:  # one was sent again: the usual case is spared the question
        for draft in drafts:
            draft.seq = None
        client_ids, authors = {d.client_id for d in drafts}, {d.author_id for d in drafts}
        known = Message.objects.filter(author__in=authors, client_id__in=client_ids)
        known = {(m.author_id, m.client_id): m for m in known.select_related("author")}
        return store_all(drafts, known)


@transaction.atomic
def store_all(drafts, known):
    wanted = Counter(draft.room_id for draft in drafts)
    rooms = list(Room.objects.raise_heads(wanted))  # which locks them
    heads = {pk: head - wanted[pk] for pk, head, _ in rooms}
    private = [pk for pk, _, is_private in rooms if is_private]
    members = authors_in(private, drafts) if private else set()
    new, outcomes = [], []
    for draft in drafts:
        room = draft.room_id
        same = known.setdefault((draft.author_id, draft.client_id), draft)
        if room not in heads or (room in private and (room, draft.author_id) not in members):
            outcomes.append("no_room")
        elif (same.room_id, same.text) != (room, draft.text):
            outcomes.append("client_id_reused")
        else:
            outcomes.append(same)
            if same.seq is None:
                heads[room] += 1
                same.seq, same.at = heads[room], timezone.now()
                new.append(same)
    Message.objects.insert(new)
    for pk, head, _ in rooms:
        if heads[pk] < head:  # not every draft was new
            Room.objects.filter(pk=pk).update(head=heads[pk])
    return outcomes


def authors_in(room_ids, drafts):
    """{(room's id, user's id)} of the drafts' authors who are members of these rooms."""
    authors = {draft.author_id for draft in drafts}
    memberships = Membership.objects.filter(room__in=room_ids, user__in=authors)
    return set(memberships.values_list("room_id", "user_id"))


class Writer:
    """Stores messages in the order of arrival, and tells each sender what became of its own."""

    def __init__(self):
        self.waiting, self.task, self.usual, self.full = [], None, 0, asyncio.Event()

    def add(self, draft, done):
        self.waiting.append((draft, done))
        if len(self.waiting) >= self.usual:
            self.full.set()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.run())

    async def run(self):
        while self.waiting:
            batch, self.waiting = self.waiting[:500], self.waiting[500:]
            try:
                outcomes = await database_sync_to_async(store)([draft for draft, _ in batch])
            except DatabaseError:
                logging.getLogger(__name__).exception("%d messages were not stored", len(batch))
                outcomes = ["unavailable"] * len(batch)
            for (draft, done), outcome in zip(batch, outcomes, strict=True):
                done(draft, outcome)
            self.usual, self.full = max(len(batch), self.usual - 1), asyncio.Event()
            if 1 < len(batch) and len(self.waiting) < self.usual:  # a moment makes fuller frames
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.full.wait(), 0.003)


writer = Writer()


@database_sync_to_async
def read(room_id, after, user=None):
    """{seq: encoded message} of the next ones after `after`, and the head, which was read first."""
    rooms = Room.objects.visible_to(user) if user else Room.objects
    head = rooms.values_list("head", flat=True).get(pk=room_id)
    if after is None or after >= head:
        return {}, head
    rows = Message.objects.filter(room=room_id, seq__gt=after, seq__lte=head).order_by("seq")
    return {row.seq: row.as_json() for row in rows.select_related("author")[:PAGE]}, head


@database_sync_to_async
def enter(room_name, user):
    """The room's id, how far the user has seen it, and how far anybody else has."""
    room = Room.objects.visible_to(user).get(name=room_name)
    membership, _ = Membership.objects.get_or_create(room=room, user=user)
    others = Membership.objects.filter(room=room).exclude(user=user)
    return room.pk, membership.seen, others.aggregate(seen=Max("seen"))["seen"] or 0


@database_sync_to_async
@transaction.atomic
def mark_seen(room_id, marks):
    """Raise the marks {user's id: seq}; {user's name: seq} of the members whose were lower."""
    rows = Membership.objects.filter(room=room_id, user__in=marks).select_for_update(of=("self",))
    rows = rows.select_related("user").order_by("pk")
    lower = [row for row in rows if row.seen < marks[row.user_id]]
    for row in lower:
        row.seen = marks[row.user_id]
    Membership.objects.bulk_update(lower, ["seen"])
    return {row.user.username: row.seen for row in lower}
