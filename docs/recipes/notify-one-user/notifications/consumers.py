from channels.generic.websocket import AsyncJsonWebsocketConsumer

from notifications.notify import group_of


class NotificationConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        self.user = self.scope["user"]
        if not self.user.is_authenticated:
            await self.accept()
            return await self.close(code=4401)
        await self.channel_layer.group_add(group_of(self.user.pk), self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        if self.user.is_authenticated:
            await self.channel_layer.group_discard(group_of(self.user.pk), self.channel_name)

    async def notification(self, event):
        await self.send_json({"text": event["text"]})
