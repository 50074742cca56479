from channels.generic.websocket import AsyncJsonWebsocketConsumer
from prometheus_client import Counter, Gauge, Histogram

OPEN_SOCKETS = Gauge("chat_open_sockets", "WebSockets that are open now.")
CLOSED_SOCKETS = Counter("chat_closed_sockets", "WebSockets that have closed.", ["code"])
HANDLING = Histogram("chat_receive_seconds", "Time to handle one frame.")


class MeteredConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        OPEN_SOCKETS.inc()
        await self.accept()

    async def disconnect(self, code):
        OPEN_SOCKETS.dec()
        CLOSED_SOCKETS.labels(code=code).inc()

    async def receive_json(self, content):
        with HANDLING.time():
            await self.send_json({"echo": content})
