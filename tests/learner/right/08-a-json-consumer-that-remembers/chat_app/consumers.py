from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from chat_app import messages, protocol
from chat_app.models import Room


class ChatConsumer(AsyncJsonWebsocketConsumer):
    group_name = None

    async def connect(self):
        code = await self.find_fault()
        if code:
            await self.accept()
            await self.close(code)
            return
        self.group_name = f"chat_{self.room.name}"
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        await self.accept()
        head = await messages.read_head(self.room.pk)
        await self.send_json({"head": head, "type": "welcome"})

    @database_sync_to_async
    def find_fault(self):
        if self.scope["user"].is_anonymous:
            return protocol.NOT_LOGGED_IN
        rooms = Room.objects.visible_to(self.scope["user"])
        self.room = rooms.filter(**{"name": self.scope["url_route"]["kwargs"]["room_name"]}).first()
        return None if self.room else protocol.NOT_A_MEMBER

    async def disconnect(self, code):
        if self.group_name:
            await self.channel_layer.group_discard(self.group_name, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        if self.group_name:
            await self.keep(text_data)

    async def keep(self, text):
        try:
            checked = protocol.read_message(text)
        except ValueError as error:
            await self.send_json({"type": "error", "detail": str(error)})
        else:
            row = await messages.store(self.room.pk, self.scope["user"], checked)
            frame = {"type": "messages", "messages": [protocol.describe(row)]}
            event = {"type": "chat.frame", "frame": frame}
            await self.channel_layer.group_send(self.group_name, event)

    async def chat_frame(self, event):
        await self.send_json(event["frame"])
