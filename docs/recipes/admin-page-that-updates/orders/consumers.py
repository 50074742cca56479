from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer


class OrderListConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        if not await self.may_view_orders():
            await self.close()
            return
        await self.channel_layer.group_add("admin-orders", self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard("admin-orders", self.channel_name)

    @database_sync_to_async
    def may_view_orders(self):
        user = self.scope["user"]
        return user.is_staff and user.has_perm("orders.view_order")

    async def order_changed(self, event):
        await self.send_json({"order_id": event["order_id"]})
