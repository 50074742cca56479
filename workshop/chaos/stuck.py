"""Clients that connect, enter the room and never read again."""

import contextlib
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from websockets.asyncio.client import connect

from workshop.chaos.servers import Server

SMALL = 4096  # bytes that the kernel keeps for them: nearly nothing


@contextlib.asynccontextmanager
async def stuck_readers(count: int, server: Server, room: str, cookie: str) -> AsyncIterator[None]:
    """Keep `count` of them connected, with `cookie`, for as long as the block lasts."""
    address = server.socket_address(room)
    origin = f"http://{urlsplit(address).netloc}"
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(count):
            raw = socket.socket()
            stack.callback(raw.close)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            raw.setblocking(False)
            raw.settimeout(5)
            raw.connect(("127.0.0.1", server.port))
            raw.setblocking(False)
            client = await connect(
                address,
                sock=raw,
                origin=origin,
                additional_headers={"Cookie": cookie},
                compression=None,
                ping_interval=None,
                max_queue=1,
            )
            stack.callback(client.transport.abort)
            await client.recv()
            client.transport.pause_reading()
        yield
