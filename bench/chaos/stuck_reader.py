"""Clients that enter the room, ask for its messages, and never read again."""

import contextlib
import json
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect

SMALL_BUFFER = 4096  # the kernel's receive buffer for each, in bytes
QUESTIONS = 10  # how often each asks for all messages


@contextlib.asynccontextmanager
async def stuck_readers(
    count: int, url: str, cookie: str, greeted: bool = True, asking: bool = True
) -> AsyncIterator[None]:
    """Keep `count` of these clients connected to `url`, with `cookie`, during a block.

    If the server has no greeting or no sync, the clients skip that part.
    """
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(count):
            client = await _connect(url, cookie, stack)
            if greeted:
                await client.recv()
            client.transport.pause_reading()
            for _ in range(QUESTIONS if asking else 0):
                await client.send(json.dumps({"type": "sync", "after": 0}))
        yield


async def _connect(url: str, cookie: str, stack: contextlib.AsyncExitStack) -> ClientConnection:
    """Connect a client with a small buffer. `stack` aborts the connection at the end."""
    address = urlsplit(url)
    raw = socket.socket()
    stack.callback(raw.close)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    raw.connect((address.hostname, address.port))
    raw.setblocking(False)
    client = await connect(
        url,
        sock=raw,
        origin=f"http://{address.netloc}",
        additional_headers={"Cookie": cookie},
        compression=None,
        ping_interval=None,
        max_queue=1,
    )
    stack.callback(client.transport.abort)
    return client
