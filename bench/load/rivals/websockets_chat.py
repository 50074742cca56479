"""The websockets rival: its own server, using `broadcast` as its documentation recommends."""

import asyncio
import sys
from collections import defaultdict

from websockets.asyncio.server import broadcast, serve

rooms = defaultdict(set)


async def chat(websocket):
    members = rooms[websocket.request.path]
    members.add(websocket)
    try:
        async for text in websocket:
            broadcast(members, text)
    finally:
        members.discard(websocket)


async def main(port):
    async with serve(chat, "127.0.0.1", port) as server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1])))
