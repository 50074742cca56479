from asgiref.sync import async_to_sync
from channels.consumer import SyncConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer


class ThumbnailConsumer(AsyncJsonWebsocketConsumer):
    async def receive_json(self, content):
        job = {"type": "make.thumbnail", "name": content["name"], "reply_to": self.channel_name}
        await self.channel_layer.send("thumbnails", job)

    async def thumbnail_ready(self, event):
        await self.send_json({"thumbnail": event["thumbnail"]})


class ThumbnailWorker(SyncConsumer):
    def make_thumbnail(self, job):
        thumbnail = f"small-{job['name']}"  # here the slow work would be done
        reply = {"type": "thumbnail.ready", "thumbnail": thumbnail}
        async_to_sync(self.channel_layer.send)(job["reply_to"], reply)
