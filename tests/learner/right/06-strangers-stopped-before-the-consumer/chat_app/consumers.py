import json

from channels.generic.websocket import AsyncWebsocketConsumer

from chat_app.protocol import read_message


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.group_name = "chat_" + self.scope["url_route"]["kwargs"]["room_name"]
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group_name, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        try:
            frame = {"message": read_message(text_data), "author": str(self.scope["user"])}
        except ValueError as error:
            frame = {"error": str(error)}
            await self.send(json.dumps(frame))
        else:
            event = {"type": "chat.message", "frame": frame}
            await self.channel_layer.group_send(self.group_name, event)

    async def chat_message(self, event):
        await self.send(json.dumps(event["frame"]))
