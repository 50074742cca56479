from channels.generic.websocket import AsyncJsonWebsocketConsumer

SUPPORTED = ["prices.v2", "prices.v1"]  # the one we like best comes first


class PriceConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self):
        offered = self.scope["subprotocols"]
        chosen = next((version for version in SUPPORTED if version in offered), None)
        await self.accept(subprotocol=chosen)
        if chosen is None:
            return await self.close(code=4406)
        await self.send_json(price_in(chosen))


def price_in(version):
    if version == "prices.v1":
        return {"price": "9.90"}
    return {"amount": "9.90", "currency": "EUR"}
