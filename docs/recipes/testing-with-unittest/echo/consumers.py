from channels.generic.websocket import AsyncJsonWebsocketConsumer


class EchoConsumer(AsyncJsonWebsocketConsumer):
    async def receive_json(self, content):
        await self.send_json({"echo": content, "user": self.scope["user"].get_username()})
