from dataclasses import dataclass
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import transaction
from django.utils import timezone

from chat_app import changes
from chat_app.models import Message, Room, User
from chat_app.protocol import Refused, describe

PAGE_SIZE = 200


@dataclass
class Draft:
    """A message, or a change of the message with the number `target`, that isn't stored yet."""

    room_id: int
    author: User
    client_id: UUID
    text: str
    kind: str = Message.Kind.MESSAGE
    target: int | None = None


@database_sync_to_async
@transaction.atomic
def store(draft):
    """Store a message or a change under the next number of its room, unless it's already stored.

    The room stays locked until the commit, so its messages are numbered without gaps.
    """
    room = Room.objects.select_for_update().get(pk=draft.room_id)
    if message := find_stored(draft):
        return message
    target = None if draft.target is None else changes.find_target(draft, room)
    room.head += 1
    room.save(update_fields=["head"])
    message = Message.objects.create(
        room=room,
        seq=room.head,
        kind=draft.kind,
        target=draft.target,
        author=draft.author,
        client_id=draft.client_id,
        text=draft.text,
        at=timezone.now(),
    )
    if target:
        changes.apply(message, target)
    return message


def find_stored(draft):
    """Return what was stored when this draft was first sent, or None."""
    found = Message.objects.filter(author=draft.author, client_id=draft.client_id)
    message = found.select_related("author").first()
    if message and not is_same(draft, message):
        raise Refused("Send a new message with a new client_id.", str(draft.client_id))
    return message


def is_same(draft, message):
    """Whether this message, which may have been changed since, was made from the same draft."""
    has_same_target = message.room_id == draft.room_id and message.target == draft.target
    has_same_text = message.text == draft.text or message.edited or not message.text
    return message.kind == draft.kind and has_same_target and has_same_text


@database_sync_to_async
def read_head(room_id):
    """Return the number of the newest message in a room."""
    return Room.objects.values_list("head", flat=True).get(pk=room_id)


@database_sync_to_async
def read(room_id, after):
    """Return the next page of messages after the number `after`, and the room's head.

    The head is read first, so no message up to it can be missing.
    """
    head = Room.objects.values_list("head", flat=True).get(pk=room_id)
    found = Message.objects.filter(room=room_id, seq__gt=after, seq__lte=head)
    page = found.select_related("author").order_by("seq")[:PAGE_SIZE]
    return [describe(message) for message in page], head
