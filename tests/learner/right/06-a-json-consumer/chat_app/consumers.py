from channels.generic.websocket import AsyncJsonWebsocketConsumer

from chat_app.protocol import NOT_LOGGED_IN, read_message


class ChatConsumer(AsyncJsonWebsocketConsumer):
    group_name = ""

    @property
    def user(self):
        return self.scope.get("user")

    async def connect(self):
        if self.user and self.user.is_authenticated:
            self.group_name = f"chat_{self.scope['url_route']['kwargs']['room_name']}"
            await self.channel_layer.group_add(self.group_name, self.channel_name)
            await self.accept()
        else:
            await self.accept()
            await self.close(code=NOT_LOGGED_IN)

    async def disconnect(self, code):
        if self.group_name:
            await self.channel_layer.group_discard(self.group_name, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        if self.group_name:
            await self.speak(text_data)

    async def speak(self, text):
        try:
            message = read_message(text)
        except ValueError as error:
            await self.send_json({"error": str(error)})
            return
        frame = {"author": self.user.get_username(), "message": message}
        await self.channel_layer.group_send(self.group_name, {"type": "chat_message", **frame})

    async def chat_message(self, event):
        await self.send_json({"author": event["author"], "message": event["message"]})
