"""The project's layers with the doctor's own prefix, so nobody else gets its messages."""

import importlib
import os


def make(request):
    """Return {alias: layer}, without layers that can't be created: other checks report those."""
    os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    importlib.import_module(request["settings"])
    if "other" in request["aliases"].values():  # a layer may store its messages in a database
        import django

        django.setup()
    from django.utils.module_loading import import_string

    layers = {}
    for alias, entry in _entries().items():
        if alias in request["aliases"]:
            config = dict(entry.get("CONFIG", {}))
            if entry["BACKEND"] and request["aliases"][alias] != "memory":
                config["prefix"] = request["prefix"]
            layers[alias] = import_string(entry["BACKEND"])(**config)
    return layers


def _entries():
    from django.conf import settings

    return settings.CHANNEL_LAYERS


def hosts(layer):
    """Return the hosts of a layer of channels_redis, as keyword arguments for a connection."""
    from channels_redis.utils import decode_hosts

    if hasattr(type(layer), "hosts") or "hosts" in vars(layer):
        return layer.hosts
    return decode_hosts(layer._kwargs.get("hosts"))


def client(host, **changes):
    """Return a client for `host` with short timeouts."""
    from channels_redis.utils import create_pool
    from redis import asyncio as aioredis

    kept = {key: value for key, value in host.items() if key not in ("retry", "retry_on_error")}
    patience = {"socket_timeout": 3, "socket_connect_timeout": 3, "decode_responses": True}
    return aioredis.Redis(connection_pool=create_pool({**kept, **patience, **changes}))
