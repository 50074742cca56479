"""A chat server that makes one mistake on purpose: `python faulty_server.py PORT MISTAKE`.

Every 10th text is lost, doubled, swapped with the next one, sent to the other rooms too, or
changed; `stall` keeps the server from doing anything for a while, once.
"""

import asyncio
import sys
import time
from collections import defaultdict

from websockets.asyncio.server import broadcast, serve

EVERY = 10
STALL = 0.4  # seconds
rooms = defaultdict(set)
count, kept = 0, {}


async def chat(websocket):
    members = rooms[websocket.request.path]
    members.add(websocket)
    try:
        async for text in websocket:
            hand_on(websocket.request.path, members, text)
    finally:
        members.discard(websocket)


def hand_on(room, members, text):
    global count
    if "probe" in text:
        return broadcast(members, text)
    count += 1
    is_due = count % EVERY == 0
    if room in kept:
        broadcast(members, text)
        text = kept.pop(room)
    elif is_due and MISTAKE == "swap":
        kept[room] = text
        return None
    if is_due and MISTAKE == "lose":
        return None
    if is_due and MISTAKE == "double":
        broadcast(members, text)
    if is_due and MISTAKE == "stray":
        for others in rooms.values():
            if others is not members:
                broadcast(others, text)
    if is_due and MISTAKE == "change":
        text = text[:-1] + "!"
    if count == EVERY and MISTAKE == "stall":
        time.sleep(STALL)
    return broadcast(members, text)


async def main(port):
    async with serve(chat, "127.0.0.1", port) as server:
        await server.serve_forever()


MISTAKE = sys.argv[2]
asyncio.run(main(int(sys.argv[1])))
