from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.template.loader import render_to_string


class ChatConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("chat", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("chat", self.channel_name)

    async def receive_json(self, content):
        match content:
            case {"text": str(text)} if text.strip():
                html = render_to_string("chat/message.html", {"text": text})
                await self.channel_layer.group_send("chat", {"type": "chat.html", "html": html})

    async def chat_html(self, event):
        await self.send(event["html"])
