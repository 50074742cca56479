"""The messages with which a room's page begins.

These are the newest ones, the first unread ones, or those around the one that a link names.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chat_app.models import Membership, Message

SIZE = 50
MAX_CHANGES = 1000
READ_ABOVE = 10  # messages above the first unread or the linked one, to show what it follows
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
        """Join the line above, if it is of the same day, and of the same author soon before."""
        self.is_new_day = self.at.date() != previous.at.date()
        is_soon = not self.is_new_day and self.at - previous.at < GROUPED_WITHIN
        is_same_author = self.author == previous.author
        self.is_grouped = is_soon and is_same_author and not self.is_first_unread


@dataclass
class Window:
    """The messages from the number `first` to `last`; `seen` is how far the user has read.

    `changes` are the numbers after that which belong to edits and deletions. `first_unread` is the
    number of the first message after that which somebody else wrote, or None.
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
        """Whether the room has messages before these."""
        return self.first > 1

    @property
    def has_later(self):
        """Whether the room has messages after these."""
        return self.last < self.head

    @property
    def for_script(self):
        """What the page's script has to know."""
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
        """The end of the window after this one."""
        return self.last + SIZE + 1


def open_window(room, user, before=None, linked=None):
    """Return the messages before the number `before`, or around the number `linked`.

    Without both, return those where the user should begin.
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
    """The number of the first message that somebody else wrote after what the user has seen."""
    unread = messages_of(room).filter(seq__gt=seen).exclude(author=user)
    return unread.order_by("seq").values_list("seq", flat=True).first()


def messages_of(room):
    """The room's messages with their present texts, without the edits and deletions."""
    return Message.objects.filter(room=room, kind=Message.Kind.MESSAGE)


def find_changes(room, seen):
    """The numbers of the edits and deletions after what the user has seen, as far as they matter.

    They only keep the numbers of unread messages right, so nobody misses the ones beyond.
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
