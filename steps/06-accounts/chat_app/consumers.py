import json

from channels.generic.websocket import AsyncWebsocketConsumer

from chat_app.protocol import NOT_LOGGED_IN, read_message


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.group_name = None
        self.user = self.scope["user"]
        if not self.user.is_authenticated:
            await self.accept()
            await self.close(NOT_LOGGED_IN)
            return
        room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.group_name = f"chat_{room_name}"
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        if self.group_name:
            await self.channel_layer.group_discard(self.group_name, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        if not self.group_name:
            return
        try:
            message = read_message(text_data)
        except ValueError as error:
            await self.send(json.dumps({"error": str(error)}))
            return
        event = {"type": "chat.message", "author": self.user.username, "message": message}
        await self.channel_layer.group_send(self.group_name, event)

    async def chat_message(self, event):
        await self.send(json.dumps({"author": event["author"], "message": event["message"]}))
