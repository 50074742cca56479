from asgiref.sync import sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from reports.tasks import make_report


class ReportConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        self.user = self.scope["user"]
        if not self.user.is_authenticated:
            await self.accept()
            return await self.close(code=4401)
        await self.channel_layer.group_add(f"user_{self.user.pk}", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        if self.user.is_authenticated:
            await self.channel_layer.group_discard(f"user_{self.user.pk}", self.channel_name)

    async def receive_json(self, content):
        await sync_to_async(make_report.delay)(self.user.pk, int(content["year"]))

    async def report_ready(self, event):
        await self.send_json({"year": event["year"], "file": event["file"]})
