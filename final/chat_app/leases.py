"""The store of leases, which records who is in a room, in any process.

A lease is named "<listed name> <lease id>", with an id for each hub, and has to be renewed before
it expires. So people whose process has crashed disappear after a while. Without Redis there is only
one process, so a dict is enough.
"""

import asyncio
import time
from weakref import WeakKeyDictionary

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

REDIS_SECONDS = 2  # seconds that Redis may take to answer

rooms = {}  # without Redis: {room id: {lease: when it ends}}
clients = WeakKeyDictionary()  # {event loop: its client}


async def save(room_id, durations):
    """Store or replace leases, as {lease: seconds from now until it expires}."""
    if settings.REDIS_URL:
        await within_time(save_in_redis(room_id, durations))
    else:
        now = time.monotonic()
        leases = rooms.setdefault(room_id, {})
        leases.update({lease: now + seconds for lease, seconds in durations.items()})


async def load(room_id):
    """Drop expired leases, and return the listed names of the users who hold one."""
    if settings.REDIS_URL:
        return usernames(await within_time(load_from_redis(room_id)))
    now = time.monotonic()
    leases = {lease: end for lease, end in rooms.pop(room_id, {}).items() if end > now}
    if leases:
        rooms[room_id] = leases
    return usernames(leases)


def usernames(leases):
    """The users who hold at least one of these leases."""
    return {lease.rpartition(" ")[0] for lease in leases}


async def within_time(work):
    """Await `work`, which uses Redis, or raise TimeoutError if it takes too long.

    We use asyncio's timeout, because redis-py's own may swallow a cancellation on Python 3.11.
    """
    async with asyncio.timeout(REDIS_SECONDS):
        return await work


async def save_in_redis(room_id, durations):
    """Write leases to the room's sorted set, which expires if none of them is renewed."""
    redis = redis_client()
    now = await redis_time(redis)
    async with redis.pipeline(transaction=True) as pipe:
        pipe.zadd(key(room_id), {lease: now + seconds for lease, seconds in durations.items()})
        pipe.expire(key(room_id), round(2 * settings.CHAT["LEASE_SECONDS"]) + 1)
        await pipe.execute()


async def load_from_redis(room_id):
    """Drop expired leases from the room's sorted set, and return the rest."""
    redis = redis_client()
    now = await redis_time(redis)
    async with redis.pipeline(transaction=True) as pipe:
        pipe.zremrangebyscore(key(room_id), "-inf", now)
        pipe.zrange(key(room_id), 0, -1)
        _, leases = await pipe.execute()
    return leases


async def redis_time(redis):
    """The time according to Redis, because the clocks of several machines may differ by minutes."""
    seconds, microseconds = await redis.time()
    return seconds + microseconds / 1e6


def key(room_id):
    """Return the Redis key of a room's leases."""
    return f"presence:{room_id}"


def redis_client():
    """The client of this event loop, which reopens a broken connection when it's needed."""
    loop = asyncio.get_running_loop()
    if loop not in clients:
        clients[loop] = Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=None,
            retry=Retry(NoBackoff(), 1),  # once: the connection may have died while idle
            decode_responses=True,
        )
    return clients[loop]
