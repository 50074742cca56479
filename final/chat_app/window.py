"""The window of messages that a room's page begins with.

It has the newest messages, the first unread ones, or those around a linked one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chat_app.models import Membership, Message

SIZE = 50
MAX_CHANGES = 1000
READ_ABOVE = 10  # messages to show above the first unread or linked one, for context
GROUPED_WITHIN = timedelta(minutes=5)


@dataclass
class Line:
    """A message as the page's template needs it."""

    seq: int
    author: str
    name: str
    text: str
    at: datetime
    is_own: bool
    is_edited: bool
    is_deleted: bool
    is_first_unread: bool
    is_new_day: bool = True
    is_grouped: bool = False
    is_linked: bool = False

    def follow(self, previous):
        """Join the line above if it's from the same author, on the same day and shortly before."""
        self.is_new_day = self.at.date() != previous.at.date()
        is_soon = not self.is_new_day and self.at - previous.at < GROUPED_WITHIN
        is_same_author = self.author == previous.author
        self.is_grouped = is_soon and is_same_author and not self.is_first_unread


@dataclass
class Window:
    """The messages from number `first` to `last`; `seen` is how far the user has read.

    `changes` are the numbers of the edits and deletions after `seen`. `first_unread` is the number
    of the first message after `seen` that somebody else wrote, or None.
    """

    lines: list[Line]
    first: int
    last: int
    head: int
    seen: int
    changes: list[int]
    first_unread: int | None

    @property
    def has_earlier(self):
        """Whether the room has messages before this window."""
        return self.first > 1

    @property
    def has_later(self):
        """Whether the room has messages after this window."""
        return self.last < self.head

    @property
    def for_script(self):
        """The data for the page's script."""
        return {
            "first": self.first,
            "last": self.last,
            "head": self.head,
            "seen": self.seen,
            "changes": self.changes,
            "firstUnread": self.first_unread,
        }

    @property
    def next_end(self):
        """The number of the last message of the next window."""
        return self.last + SIZE + 1


def open_window(room, user, before=None, linked=None):
    """Return the messages before the number `before`, or around the number `linked`.

    Without either, return the messages where the user should start reading.
    """
    membership = Membership.objects.filter(room=room, user=user).first()
    seen = membership.seen if membership else 0
    first_unread = find_first_unread(room, user, seen)
    if before is not None:
        last = min(before - 1, room.head)
    elif (start := linked or first_unread) is not None:
        last = min(start - READ_ABOVE + SIZE - 1, room.head)
    else:
        last = room.head
    first = max(1, last - SIZE + 1)
    lines = read_lines(room, user, first, last, first_unread)
    for line in lines:
        line.is_linked = line.seq == linked
    changes = find_changes(room, seen)
    return Window(lines, first, max(last, 0), room.head, seen, changes, first_unread)


def find_first_unread(room, user, seen):
    """The number of the first message from somebody else that the user hasn't seen."""
    unread = messages_of(room).filter(seq__gt=seen).exclude(author=user)
    return unread.order_by("seq").values_list("seq", flat=True).first()


def messages_of(room):
    """The room's messages with their current texts, without edits and deletions."""
    return Message.objects.filter(room=room, kind=Message.Kind.MESSAGE)


def find_changes(room, seen):
    """The numbers of the edits and deletions that the user hasn't seen, but not all of them.

    They only serve to count unread messages correctly, so it doesn't matter if some are missing.
    """
    changes = Message.objects.filter(room=room, target__isnull=False, seq__gt=seen)
    return list(changes.order_by("seq").values_list("seq", flat=True)[:MAX_CHANGES])


def read_lines(room, user, first, last, first_unread):
    """The messages from `first` to `last`, each joined to the one above it."""
    found = messages_of(room).filter(seq__gte=first, seq__lte=last)
    lines = []
    for message in found.select_related("author").order_by("seq"):
        line = Line(
            seq=message.seq,
            author=message.author.username if message.author else "",
            name=message.author.get_short_name() if message.author else "",
            text=message.text,
            at=message.at,
            is_own=message.author_id == user.pk,
            is_edited=message.edited,
            is_deleted=message.deleted,
            is_first_unread=message.seq == first_unread,
        )
        if lines:
            line.follow(lines[-1])
        lines.append(line)
    return lines
