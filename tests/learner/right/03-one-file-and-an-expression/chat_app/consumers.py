from channels.generic.websocket import AsyncJsonWebsocketConsumer


class BadFrame(Exception):
    pass


class ChatConsumer(AsyncJsonWebsocketConsumer):
    async def websocket_connect(self, event):
        self.groups = ["r-" + self.scope["url_route"]["kwargs"]["name"]]
        await super().websocket_connect(event)

    async def receive(self, text_data=None, bytes_data=None, **kwargs):
        try:
            content = await self.decode_json(text_data) if text_data else None
            message = self.message_in(content)
        except (ValueError, RecursionError, BadFrame):
            return await self.send_json({"error": "Please send a message of 1 to 1000 characters."})
        for group in self.groups:
            await self.channel_layer.group_send(group, dict(type="say.it", text=message))

    async def say_it(self, event):
        await self.send_json({"message": event["text"]})

    @staticmethod
    def message_in(content):
        message = content.get("message") if isinstance(content, dict) else None
        if not isinstance(message, str) or not 0 < len(message.strip()) <= len(message) <= 1000:
            raise BadFrame
        message.encode("utf-8")
        return message
