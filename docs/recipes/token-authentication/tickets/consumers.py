from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from tickets import tickets


class EventConsumer(AsyncJsonWebsocketConsumer):
    user = None

    async def receive_json(self, content):
        if self.user:
            return await self.send_json({"echo": content, "for": self.user.get_username()})
        ticket = content.get("ticket") if isinstance(content, dict) else None
        self.user = await database_sync_to_async(tickets.redeem)(str(ticket))
        if self.user is None:
            return await self.close(code=4401)
        await self.send_json({"welcome": self.user.get_username()})
