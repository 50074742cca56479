"""Takes a channel layer's settings as JSON. Exits with 0 if 20 groups each deliver an event."""

import asyncio
import json
import sys
import uuid

from channels_redis.pubsub import RedisPubSubChannelLayer


async def main(entry):
    config = {**entry["CONFIG"], "prefix": uuid.uuid4().hex}
    for host in config["hosts"]:
        if "sentinels" in host:
            host["sentinels"] = [tuple(one) for one in host["sentinels"]]
    one, other = RedisPubSubChannelLayer(**config), RedisPubSubChannelLayer(**config)
    channel = await one.new_channel()
    for number in range(20):
        await one.group_add(f"room-{number}", channel)
    for number in range(20):
        await other.group_send(f"room-{number}", {"type": "chat.message", "number": number})
    heard = set()
    async with asyncio.timeout(10):
        while len(heard) < 20:
            heard.add((await one.receive(channel))["number"])
    assert heard == set(range(20))


asyncio.run(main(json.loads(sys.argv[1])))
