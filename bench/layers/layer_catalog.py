"""The compared layers, and how each one is configured."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench.layers import engines
from workshop.base.errors import UsageError


@dataclass(frozen=True)
class MeasuredLayer:
    """A channel layer: its class, the package it comes from and the engine it needs.

    `config` makes CONFIG from the engine's URL. `expires`: whether it supports group_expiry.
    """

    name: str
    title: str
    backend: str
    package: str
    engine: str = ""
    config: Callable[[str], dict] = field(default=lambda url: {})
    expires: bool = False
    apps: tuple[str, ...] = ()

    def settings(self, url: str, **config: object) -> dict:
        """Return the Django settings for a process on this layer. `config` overrides them."""
        entry = {"BACKEND": self.backend, "CONFIG": self.config(url) | config}
        found = {"CHANNEL_LAYERS": {"default": entry}, "INSTALLED_APPS": list(self.apps)}
        if self.engine == "postgres":
            database = database_of(url)
            found["DATABASES"] = {"default": database, "channels_postgres": database}
        return found

    def why_missing(self) -> str:
        """Return why this layer can't be measured here, or an empty string."""
        module = self.backend.partition(".")[0]
        if importlib.util.find_spec(module) is None:
            return f"{self.package} is not installed"
        return engines.why_missing(self.engine)


def database_of(url: str) -> dict:
    """Return the DATABASES entry for the PostgreSQL at `url`."""
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname,
        "PORT": parts.port,
        "TIME_ZONE": None,  # channels_postgres raises KeyError without it, on Django 5
    }


def _on_redis(url: str) -> dict:
    return {"hosts": [{"address": url, "socket_timeout": None}]}


LAYERS = {
    layer.name: layer
    for layer in (
        MeasuredLayer(
            name="memory",
            title="in memory",
            backend="channels.layers.InMemoryChannelLayer",
            package="channels",
            expires=True,
        ),
        MeasuredLayer(
            name="core",
            title="`channels_redis.core`",
            backend="channels_redis.core.RedisChannelLayer",
            package="channels-redis",
            engine="redis",
            config=_on_redis,
            expires=True,
        ),
        MeasuredLayer(
            name="pubsub",
            title="`channels_redis.pubsub`",
            backend="channels_redis.pubsub.RedisPubSubChannelLayer",
            package="channels-redis",
            engine="redis",
            config=_on_redis,
        ),
        MeasuredLayer(
            name="postgres",
            title="`channels_postgres`",
            backend="channels_postgres.core.PostgresChannelLayer",
            package="channels-postgres",
            engine="postgres",
            config=database_of,
            expires=True,
            apps=("channels_postgres",),
        ),
        MeasuredLayer(
            name="nats",
            title="`channels_nats`",
            backend="channels_nats.NatsChannelLayer",
            package="channels-nats",
            engine="nats",
            config=lambda url: {"servers": [url]},
            expires=True,
        ),
        MeasuredLayer(
            name="rabbitmq",
            title="`channels_rabbitmq`",
            backend="channels_rabbitmq.core.RabbitmqChannelLayer",
            package="channels-rabbitmq",
            engine="rabbitmq",
            config=lambda url: {"host": url},
        ),
    )
}


def choose(names: str) -> list[MeasuredLayer]:
    """Return the layers in a comma-separated list. Raises UsageError for an unknown one."""
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    for name in chosen:
        if name not in LAYERS:
            raise UsageError(f"There is no layer called {name}. There are: {', '.join(LAYERS)}.")
    if not chosen:
        raise UsageError(f"Name at least one layer: {', '.join(LAYERS)}.")
    return [LAYERS[name] for name in dict.fromkeys(chosen)]
