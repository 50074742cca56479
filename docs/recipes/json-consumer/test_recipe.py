import pytest
from conftest import hears


async def test_an_object_is_decoded_and_the_answer_encoded(server):
    async with server.connect("/ws/sum/") as websocket:
        await websocket.send('{"numbers": [1, 2, 3.5]}')
        assert await hears(websocket) == {"sum": 6.5}


BAD = [
    "",
    "{",
    "[" * 30_000,
    "NaN",
    b"bytes",
    "[]",
    "null",
    '{"numbers": "12"}',
    '{"numbers": [true]}',
]


@pytest.mark.parametrize("frame", BAD, ids=lambda frame: repr(frame)[:12])
async def test_bad_input_is_answered_and_the_socket_stays_open(server, frame):
    async with server.connect("/ws/sum/") as websocket:
        await websocket.send(frame)
        assert "error" in await hears(websocket)
        await websocket.send('{"numbers": [2, 2]}')
        assert await hears(websocket) == {"sum": 4}
