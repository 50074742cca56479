"""Who is here: a lease for each (room, user, connection), renewed by the beat.

Closing a socket only shortens its lease, so a crash and a clean exit take the same path and a
page that reloads does not flicker. A step changes the leases and returns those before and after
it: only the process whose step removed a lease sees the difference and announces it.
"""

import asyncio
import time

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

rooms = {}


async def step_in_process(room_id, leases, until):
    before = rooms.pop(room_id, {})
    after = {name: end for name, end in before.items() if end > time.time()}
    after |= dict.fromkeys(leases, until)
    if after:
        rooms[room_id] = after
    return before, after


async def step_in_redis(room_id, leases, until):
    """In a sorted set. A connection for each step outlives any restart of Redis.

    The time limit is asyncio's: on Python 3.11, redis-py's own may swallow a cancel.
    """
    key, once, now = f"presence:{room_id}", Retry(NoBackoff(), 0), time.time()
    options = {"socket_timeout": None, "retry": once, "decode_responses": True}
    redis = Redis.from_url(settings.REDIS_URL, **options)
    async with asyncio.timeout(2), redis, redis.pipeline(transaction=True) as step:
        step.zrangebyscore(key, "-inf", now).zremrangebyscore(key, "-inf", now).zrange(key, 0, -1)
        if leases:
            step.zadd(key, dict.fromkeys(leases, until))
        ended, _, going_on, *_ = await step.execute()
    return {*ended, *going_on}, {*going_on, *leases}


async def update(room_id, *leases, seconds=0):
    """Renew or shorten leases, drop expired ones: the users who are here, who came, who left."""
    step = step_in_redis if settings.REDIS_URL else step_in_process
    steps = await step(room_id, leases, time.time() + seconds)
    before, after = ({name.split()[0] for name in names} for names in steps)
    return after, after - before, before - after
