from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from chat_app.models import Message, Room


def store_now(room_id, author, text):
    with transaction.atomic():
        rooms = Room.objects.filter(pk=room_id)
        rooms.update(head=F("head") + 1)
        message = Message(room_id=room_id, author=author, text=text, at=now())
        message.seq = rooms.get().head
        message.save()
    return message


store = sync_to_async(store_now)


async def read_head(room_id):
    return (await Room.objects.aget(pk=room_id)).head
