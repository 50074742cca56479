import json

from conftest import hears


async def test_entries_are_stored_and_read(server):
    async with server.connect("/ws/guestbook/") as websocket:
        for number in (1, 2):
            await websocket.send(json.dumps({"name": "Ann", "text": f"Visit {number}"}))
            assert await hears(websocket) == {"saved": number, "entries": number}
    async with server.connect("/ws/guestbook/") as later:
        assert await hears(later) == {"name": "Ann", "text": "Visit 2"}
        assert await hears(later) == {"name": "Ann", "text": "Visit 1"}
