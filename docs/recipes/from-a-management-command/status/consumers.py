from channels.generic.websocket import AsyncJsonWebsocketConsumer


class StatusConsumer(AsyncJsonWebsocketConsumer):
    groups = ["status"]

    async def status_changed(self, event):
        await self.send_json({"status": event["status"]})
