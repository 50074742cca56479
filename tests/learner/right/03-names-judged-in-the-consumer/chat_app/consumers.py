import json
import re

from channels.exceptions import DenyConnection
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

from chat_app.protocol import read_message

ROOM = re.compile(r"[\w-]{1,80}", re.ASCII)


class Talker(AsyncWebsocketConsumer):
    async def connect(self):
        name = self.scope["url_route"]["kwargs"]["anything"]
        if not ROOM.fullmatch(name):
            raise DenyConnection
        self.layer = get_channel_layer()
        self.g = f"g_{name}"
        joined = self.layer.group_add(self.g, self.channel_name)
        await joined
        await self.accept()

    async def disconnect(self, _):
        if hasattr(self, "g"):
            await self.layer.group_discard(self.g, self.channel_name)

    async def receive(self, **frame):
        try:
            said = read_message(frame.get("text_data"))
        except ValueError as wrong:
            await self.send(text_data=json.dumps({"error": f"Sorry: {wrong}"}))
        else:
            await self.layer.group_send(self.g, {"type": "chat.line", "line": said})

    async def chat_line(self, event):
        await self.send(text_data=json.dumps({"message": event["line"]}))


ChatConsumer = Talker
