from channels.generic.websocket import AsyncJsonWebsocketConsumer


class ProfileConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        await self.accept()
        user = self.scope["user"]
        if not user.is_authenticated:
            return await self.close(code=4401)
        await self.send_json({"name": user.get_username()})
