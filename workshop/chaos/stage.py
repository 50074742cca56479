"""What rounds share: the app's folder, a database with its keeper, a Redis, a place for logs."""

import contextlib
import itertools
import secrets
import tempfile
from pathlib import Path

from workshop import postgres_server
from workshop.chaos.keeper import Keeper
from workshop.chaos.own_redis import OwnRedis
from workshop.environment import child_environment

OF_THE_PERSON = ("DATABASE_URL", "REDIS_URL", "CHANNEL_LAYER", "DEBUG", "ENABLE_ADMIN")
LAYERS = {
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}
NO_LIMITS = {  # the limits have their own tests; here nobody is to wait for one
    "CHAT_MESSAGE_BURST": "1000000",
    "CHAT_MESSAGES_PER_SECOND": "1000000",
    "CHAT_USER_SOCKETS": "1000",
}


class Stage:
    """Use it in an `async with` block: what it started is stopped there.

    Its PostgreSQL and its Redis are always private ones, for it fills, empties and restarts them.
    """

    def __init__(self, folder: Path, database: str):
        self.folder, self.database = folder, database
        self.numbers = itertools.count(1)
        self._redis = None

    async def __aenter__(self):
        async with contextlib.AsyncExitStack() as stack:
            place = stack.enter_context(tempfile.TemporaryDirectory(prefix="workshop-chaos-"))
            self.place = Path(place)
            if self.database == "postgres":
                programs = postgres_server.programs()
                url = stack.enter_context(postgres_server.private(programs)).url
            else:
                url = f"sqlite:///{self.place / 'db.sqlite3'}"
            names = {name: "" for name in OF_THE_PERSON}
            kept = {k: v for k, v in child_environment().items() if k not in names}
            kept |= NO_LIMITS | {"DATABASE_URL": url, "HTTPS": "0", "ALLOWED_HOSTS": "127.0.0.1"}
            self.environment = kept | {"SECRET_KEY": secrets.token_urlsafe(50)}
            self.keeper = await stack.enter_async_context(Keeper(self.folder, self.environment))
            self.stack = stack.pop_all()
        return self

    async def __aexit__(self, *error):
        await self.stack.aclose()

    @property
    def redis(self) -> OwnRedis:
        """The Redis of this stage, which starts when it is first asked for."""
        self._redis = self._redis or self.stack.enter_context(OwnRedis())
        return self._redis

    def environment_for(self, layer: str, **settings: object) -> dict[str, str]:
        """Return the variables of a server on `layer`; `settings` are the app's CHAT limits."""
        extra = {f"CHAT_{name}": str(value) for name, value in settings.items()}
        if layer != "memory":
            extra |= {"REDIS_URL": self.redis.url, "CHANNEL_LAYER": LAYERS[layer]}
        return self.environment | extra
