import json

from channels.generic.websocket import AsyncJsonWebsocketConsumer


class SumConsumer(AsyncJsonWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None, **kwargs):
        try:
            content = await self.decode_json(text_data or "")
        except (ValueError, RecursionError):
            return await self.send_json({"error": "Send one JSON object as text."})
        await self.receive_json(content)

    async def receive_json(self, content):
        numbers = content.get("numbers") if isinstance(content, dict) else None
        if not is_list_of_numbers(numbers):
            return await self.send_json({"error": 'Send {"numbers": [1, 2, 3]}.'})
        await self.send_json({"sum": sum(numbers)})

    @classmethod
    async def decode_json(cls, text_data):
        return json.loads(text_data, parse_constant=refuse_constant)


def refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def is_list_of_numbers(value):
    return isinstance(value, list) and all(type(number) in (int, float) for number in value)
