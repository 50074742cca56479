from dataclasses import dataclass
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import transaction
from django.utils import timezone

from chat_app.models import Message, Room, User
from chat_app.protocol import Refused


@dataclass
class Draft:
    """A message that isn't stored yet."""

    room_id: int
    author: User
    client_id: UUID
    text: str


@database_sync_to_async
@transaction.atomic
def store(draft):
    """Store a message under the next number of its room, or return it if it's already stored.

    The room stays locked until the commit, so its messages are numbered without gaps.
    """
    room = Room.objects.select_for_update().get(pk=draft.room_id)
    if message := find_stored(draft):
        return message
    room.head += 1
    room.save(update_fields=["head"])
    return Message.objects.create(
        room=room,
        seq=room.head,
        author=draft.author,
        client_id=draft.client_id,
        text=draft.text,
        at=timezone.now(),
    )


def find_stored(draft):
    """Return the message that was stored when this draft was first sent, or None."""
    found = Message.objects.filter(author=draft.author, client_id=draft.client_id)
    message = found.select_related("author").first()
    if message and (message.room_id, message.text) != (draft.room_id, draft.text):
        raise Refused("Send a new message with a new client_id.", str(draft.client_id))
    return message


@database_sync_to_async
def read_head(room_id):
    """Return the number of the newest message in a room."""
    return Room.objects.values_list("head", flat=True).get(pk=room_id)
