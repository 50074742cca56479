import json

import pytest
from conftest import hears, in_thread


@pytest.fixture
async def ticket(server):
    cookie = await in_thread(server.user, "ann")
    status, text = await in_thread(server.post, "/ticket/", b"", {"Cookie": cookie})
    assert status == 200
    return json.loads(text)["ticket"]


async def test_a_ticket_opens_one_socket(server, ticket):
    async with server.connect("/ws/events/") as websocket:
        await websocket.send(json.dumps({"ticket": ticket}))
        assert await hears(websocket) == {"welcome": "ann"}
        await websocket.send(json.dumps({"hello": 1}))
        assert await hears(websocket) == {"echo": {"hello": 1}, "for": "ann"}


async def test_a_ticket_opens_no_second_socket(server, ticket):
    async with server.connect("/ws/events/") as websocket:
        await websocket.send(json.dumps({"ticket": ticket}))
        await hears(websocket)
    async with server.connect("/ws/events/") as again:
        await again.send(json.dumps({"ticket": ticket}))
        await again.wait_closed()
        assert again.close_code == 4401


@pytest.mark.parametrize("frame", [{"ticket": "forged"}, {"hello": 1}, {"ticket": None}, []])
async def test_a_client_without_a_ticket_is_refused(server, frame):
    async with server.connect("/ws/events/") as websocket:
        await websocket.send(json.dumps(frame))
        await websocket.wait_closed()
        assert websocket.close_code == 4401
