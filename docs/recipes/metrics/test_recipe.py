import json

from conftest import hears, in_thread


async def test_prometheus_can_read_how_many_sockets_are_open(server):
    async with server.connect("/ws/echo/") as websocket:
        await websocket.send(json.dumps(1))
        assert await hears(websocket) == {"echo": 1}
        status, text = await in_thread(server.get, "/metrics/")
        assert status == 200
        assert "chat_open_sockets 1.0" in text
        assert "chat_receive_seconds_count 1.0" in text
    while "chat_open_sockets 0.0" not in text:
        status, text = await in_thread(server.get, "/metrics/")
    assert 'chat_closed_sockets_total{code="1000"} 1.0' in text
