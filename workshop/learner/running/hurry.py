"""Shorten the waits of the Redis layer in a check, all by the same factor.

The layer waits 5 s for Redis at a time, and redis-py stops reading after its connection's timeout.
Whatever breaks because of the ratio of these times also breaks if both are divided by five, so no
test has to be idle for 7 s to see it.
"""

import functools
import math

from channels_redis.core import RedisChannelLayer
from redis.asyncio.connection import AbstractConnection

FIRST = 0.9  # if both wait 5 s, redis-py gives up first, because Redis may be 0.1 s late


def hurry(times: float) -> None:
    """Divide the waits of every layer and connection that is created from now on by `times`."""

    def shorten(layer):
        asks = layer.brpop_timeout / times
        layer.brpop_timeout = int(asks) if asks.is_integer() else asks  # Redis 5 takes no fraction
        layer.expiry = math.ceil(layer.expiry / times)
        layer.group_expiry = math.ceil(layer.group_expiry / times)

    def give_up_sooner(connection):
        if connection.socket_timeout:
            connection.socket_timeout *= FIRST / times

    _after_init(RedisChannelLayer, shorten)
    _after_init(AbstractConnection, give_up_sooner)


def _after_init(cls, change):
    init = cls.__init__

    @functools.wraps(init)
    def changed(self, *args, **kwargs):
        init(self, *args, **kwargs)
        change(self)

    cls.__init__ = changed
