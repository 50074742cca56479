"""Duplicates are rare: store first, and look for the message only if the database refuses it."""

from dataclasses import dataclass
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from chat_app.models import Message, Room, User
from chat_app.protocol import Refused


@dataclass(frozen=True)
class Draft:
    room_id: int
    author: User
    client_id: UUID
    text: str


@database_sync_to_async
def store(draft):
    try:
        with transaction.atomic():
            return insert(draft)
    except IntegrityError:
        known = Message.objects.select_related("author").get(
            author=draft.author, client_id=draft.client_id
        )
    if known.text != draft.text or known.room_id != draft.room_id:
        raise Refused("This client_id belongs to another message.", str(draft.client_id))
    return known


def insert(draft):
    Room.objects.filter(pk=draft.room_id).update(head=F("head") + 1)
    seq = Room.objects.values_list("head", flat=True).get(pk=draft.room_id)
    values = {"author": draft.author, "client_id": draft.client_id, "text": draft.text}
    return Message.objects.create(room_id=draft.room_id, seq=seq, at=timezone.now(), **values)


@database_sync_to_async
def read_head(room_id):
    return Room.objects.get(pk=room_id).head
