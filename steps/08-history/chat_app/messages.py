from channels.db import database_sync_to_async
from django.db import transaction
from django.utils import timezone

from chat_app.models import Message, Room


@database_sync_to_async
@transaction.atomic
def store(room_id, author, text):
    """Store a message under the next number of its room.

    The room stays locked until the commit, so its messages are numbered without gaps.
    """
    room = Room.objects.select_for_update().get(pk=room_id)
    room.head += 1
    room.save(update_fields=["head"])
    return Message.objects.create(
        room=room, seq=room.head, author=author, text=text, at=timezone.now()
    )


@database_sync_to_async
def read_head(room_id):
    """Return the number of the newest message in a room."""
    return Room.objects.values_list("head", flat=True).get(pk=room_id)
