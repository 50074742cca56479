from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import transaction

from guestbook.models import Entry, Guest


class GuestbookConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        await self.accept()
        latest = Entry.objects.select_related("guest").order_by("-pk")[:10]
        async for entry in latest:
            await self.send_json({"name": entry.guest.name, "text": entry.text})

    async def receive_json(self, content):
        number = await save_entry(content["name"], content["text"])
        await self.send_json({"saved": number, "entries": await Entry.objects.acount()})


@database_sync_to_async
@transaction.atomic
def save_entry(name, text):
    """Store an entry and its guest together; return the number of the guest's entries."""
    guest, _ = Guest.objects.get_or_create(name=name)
    guest.entry_set.create(text=text)
    return guest.entry_set.count()
