from channels.generic.websocket import AsyncJsonWebsocketConsumer

from orders.models import Order


class OrderConsumer(AsyncJsonWebsocketConsumer):
    groups = ["orders"]

    async def order_created(self, event):
        order = await Order.objects.filter(pk=event["order_id"]).afirst()
        await self.send_json({"product": order and order.product})
