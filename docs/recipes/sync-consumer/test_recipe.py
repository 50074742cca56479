import json

from conftest import hears


async def test_a_message_reaches_everyone_in_the_room(server):
    async with (
        server.connect("/ws/rooms/tea/") as ann,
        server.connect("/ws/rooms/tea/") as bob,
        server.connect("/ws/rooms/coffee/") as cem,
    ):
        await ann.send(json.dumps({"text": "Hello"}))
        assert await hears(ann) == {"text": "Hello"}
        assert await hears(bob) == {"text": "Hello"}
        await cem.send(json.dumps({"text": "Anyone?"}))
        assert await hears(cem) == {"text": "Anyone?"}
