from channels.generic.websocket import AsyncJsonWebsocketConsumer


class NewsConsumer(AsyncJsonWebsocketConsumer):
    groups = ["news"]

    async def news_headline(self, event):
        await self.send_json({"headline": event["headline"]})
