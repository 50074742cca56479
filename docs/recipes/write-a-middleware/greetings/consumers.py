from channels.generic.websocket import AsyncJsonWebsocketConsumer

GREETINGS = {"en": "Hello", "de": "Hallo", "tr": "Merhaba"}


class GreetingConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        await self.accept()
        await self.send_json({"greeting": GREETINGS[self.scope["language"]]})
