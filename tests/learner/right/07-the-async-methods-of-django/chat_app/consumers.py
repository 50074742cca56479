import json

from channels.generic.websocket import AsyncWebsocketConsumer

from chat_app.models import Room
from chat_app.protocol import read_message


class ChatConsumer(AsyncWebsocketConsumer):
    group_name = None

    async def connect(self):
        code = await self.enter()
        await self.accept()
        if code:
            await self.close(code)

    async def enter(self):
        """Join the group of the room; return a close code where that is not allowed."""
        self.user = self.scope["user"]
        if self.user.is_anonymous:
            return 4401
        name = self.scope["url_route"]["kwargs"]["room_name"]
        if not await Room.objects.visible_to(self.user).filter(name=name).aexists():
            return 4403
        self.group_name = f"room.{name}"
        await self.channel_layer.group_add(self.group_name, self.channel_name)

    async def disconnect(self, code):
        if self.group_name:
            await self.channel_layer.group_discard(self.group_name, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        if self.group_name is None:
            return
        try:
            message = read_message(text_data)
        except ValueError as error:
            await self.send(json.dumps({"error": str(error)}))
            return
        frame = json.dumps({"author": self.user.username, "message": message})
        await self.channel_layer.group_send(self.group_name, {"type": "relay", "frame": frame})

    async def relay(self, event):
        await self.send(event["frame"])
