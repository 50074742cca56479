"""Shared by several rounds: the app's folder, a database, a Redis, and a folder for logs."""

import contextlib
import itertools
import secrets
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from bench.lab.app_database import AppDatabase
from bench.lab.app_server import AppServer
from workshop.base.environment import child_environment
from workshop.services.postgres_server import PrivatePostgres
from workshop.services.redis_server import PrivateRedis

OF_THE_USER = ("DATABASE_URL", "REDIS_URL", "CHANNEL_LAYER", "DEBUG", "ENABLE_ADMIN")
LAYERS = {
    "core": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}
NO_LIMITS = {  # rate limits have separate tests; here they would only slow the clients down
    "MESSAGE_BURST": 1_000_000,
    "MESSAGES_PER_SECOND": 1_000_000,
    "USER_SOCKETS": 1_000,
}


class Testbed:
    """Use it in an `async with` block. At the end, everything that it started is stopped.

    It always uses a private PostgreSQL and Redis, because it fills, empties and restarts them.
    """

    __test__ = False  # its name would make pytest collect it

    def __init__(self, app: Path, database: str):
        self.app = app
        self.database = database
        self.numbers = itertools.count(1)
        self.postgres = None
        self._redis = None

    async def __aenter__(self):
        async with contextlib.AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="workshop-bench-"))
            self.folder = Path(folder)
            self.environment = self.make_environment(self.start_database(stack))
            database = AppDatabase(self.app, self.environment)
            self.app_database = await stack.enter_async_context(database)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *error):
        await self._stack.aclose()

    def make_environment(self, url: str) -> dict[str, str]:
        """Return the environment that all processes share, with the database at `url`."""
        return _environment(url)

    @property
    def redis(self) -> PrivateRedis:
        """This testbed's Redis, which starts on first use."""
        self._redis = self._redis or self._stack.enter_context(self.make_redis())
        return self._redis

    def start_database(self, stack: contextlib.ExitStack) -> str:
        """Create the database and return its URL. `stack` removes it at the end."""
        if self.database != "postgres":
            return f"sqlite:///{self.folder / 'db.sqlite3'}"
        self.postgres = stack.enter_context(PrivatePostgres())
        return self.postgres.url

    def make_redis(self) -> PrivateRedis:
        return PrivateRedis()

    def make_server(
        self, kind: str, environment: dict[str, str], log: Path, host: str = ""
    ) -> AppServer:
        """Return a server that hasn't been started. Without a `host`, it runs on this machine."""
        return AppServer(kind, self.app, environment, log)

    def environment_for(
        self, layer: str, redis_port: int = 0, database_port: int = 0, **limits: object
    ) -> dict[str, str]:
        """Return the environment of a server on `layer`.

        The ports belong to proxies in front of Redis and PostgreSQL. `limits` are the app's CHAT
        settings, and None leaves a setting at the app's default.
        """
        limits = NO_LIMITS | limits
        extra = {f"CHAT_{name}": str(n) for name, n in limits.items() if n is not None}
        if layer != "memory":
            extra["CHANNEL_LAYER"] = LAYERS[layer]
            extra["REDIS_URL"] = _on_port(self.redis.url, redis_port)
        if database_port:
            extra["DATABASE_URL"] = _on_port(self.postgres.url, database_port)
        return self.environment | extra


def _environment(database_url: str) -> dict[str, str]:
    inherited = child_environment()
    kept = {name: value for name, value in inherited.items() if not _is_of_the_user(name)}
    return kept | {
        "DATABASE_URL": database_url,
        "HTTPS": "0",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECRET_KEY": secrets.token_urlsafe(50),
    }


def _is_of_the_user(name: str) -> bool:
    return name in OF_THE_USER or name.startswith("CHAT_")


def _on_port(url: str, port: int) -> str:
    """Return `url` with another port, unless `port` is 0."""
    old = urlsplit(url).port
    return url.replace(f":{old}", f":{port}", 1) if port else url
