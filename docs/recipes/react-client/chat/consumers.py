from uuid import uuid4

from channels.generic.websocket import AsyncJsonWebsocketConsumer


class ChatConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        await self.channel_layer.group_add("react-chat", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("react-chat", self.channel_name)

    async def receive_json(self, content):
        match content:
            case {"text": str(text)} if text.strip():
                message = {"id": str(uuid4()), "text": text}
                event = {"type": "chat.message", "message": message}
                await self.channel_layer.group_send("react-chat", event)

    async def chat_message(self, event):
        await self.send_json(event["message"])
