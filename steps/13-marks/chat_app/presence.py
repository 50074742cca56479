from django.conf import settings
from redis.asyncio import Redis


async def renew(room_name, lease, seconds):
    """Let a lease expire in this many seconds, and drop expired leases.

    A lease is named "<username> <channel name>". Returns the sorted names of those who are here,
    and whether they have changed.
    """
    key = f"presence:{room_name}"
    async with Redis.from_url(
        settings.REDIS_URL, socket_timeout=None, decode_responses=True
    ) as redis:
        now = await redis_time(redis)
        async with redis.pipeline(transaction=True) as pipe:
            pipe.zrangebyscore(key, "-inf", now)
            pipe.zremrangebyscore(key, "-inf", now)
            pipe.zrange(key, 0, -1)
            pipe.zadd(key, {lease: now + seconds})
            pipe.expire(key, 2 * settings.CHAT["LEASE_SECONDS"])
            ended, _, valid, _, _ = await pipe.execute()
    before = usernames(ended + valid)
    here = usernames([*valid, lease])
    return sorted(here), here != before


async def redis_time(redis):
    """The time according to Redis, because the clocks of two servers may differ."""
    seconds, microseconds = await redis.time()
    return seconds + microseconds / 1e6


def usernames(leases):
    """The users who hold at least one of these leases."""
    return {lease.partition(" ")[0] for lease in leases}
