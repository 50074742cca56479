import asyncio

from conftest import in_thread


async def test_an_event_reaches_an_open_stream(server):
    host, port = server.address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /ticker/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    head = await reader.readuntil(b"retry: 1000\n\n")
    assert b"content-type: text/event-stream" in head.lower()
    await in_thread(server.manage, "tick", "9.90")
    assert b'data: {"price": "9.90"}' in await reader.readuntil(b"}\n\n")
    writer.close()
    await writer.wait_closed()
