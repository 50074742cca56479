"""The leases of a room in a hash: when each of them ends, by its name."""

import time

from django.conf import settings
from redis.asyncio import Redis


async def renew(room_name, lease, seconds):
    redis = Redis.from_url(settings.REDIS_URL, socket_timeout=None, decode_responses=True)
    try:
        return await renew_with(redis, f"leases of {room_name}", lease, seconds)
    finally:
        await redis.aclose()


async def renew_with(redis, key, lease, seconds):
    now = time.time()
    leases = await redis.hgetall(key)
    ended = [name for name, end in leases.items() if float(end) <= now]
    await redis.hset(key, lease, now + seconds)
    if old := [name for name in ended if name != lease]:
        await redis.hdel(key, *old)
    await redis.expire(key, 3600)
    before = {name.split(" ")[0] for name in leases}
    after = {name.split(" ")[0] for name in leases if name not in ended} | {lease.split(" ")[0]}
    return sorted(after), before != after
