"""CHANNEL_LAYERS, read from the source: the facts of `probe/layers.py`, without packages."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from channels_doctor.static.requirements import Pin
from channels_doctor.static.values import Bound, Unknown, is_known, variables_of

KINDS = {
    "channels.layers.InMemoryChannelLayer": "memory",
    "channels_redis.core.RedisChannelLayer": "core",
    "channels_redis.pubsub.RedisPubSubChannelLayer": "pubsub",
}
OURS = re.compile(r"(channels|channels_redis)\.")
SCHEMES = ("redis://", "rediss://", "unix://")
SCHEME_ERROR = "Redis URL must specify one of the following schemes (redis://, rediss://, unix://)"
PUBSUB_KEYS = {"hosts", "prefix", "on_disconnect", "on_reconnect", "symmetric_encryption_keys"}
PUBSUB_KEYS |= {"serializer_format", "channel_layer"}
CORE_KEYS = {"hosts", "prefix", "expiry", "group_expiry", "capacity", "channel_capacity"}
CORE_KEYS |= {"symmetric_encryption_keys", "random_prefix_length", "serializer_format"}
MEMORY_KEYS = {"expiry", "group_expiry", "capacity", "channel_capacity"}


def facts(bound: Bound | None, pins: Mapping[str, Pin]) -> dict:
    """Return a description of the setting in `bound`."""
    value = bound.value if bound else {}
    if not isinstance(value, dict):
        kind = "unknown" if not is_known(value) else type(value).__name__
        return {"type": kind, "entries": {}}
    entries = {
        str(alias): _entry(entry, pins)
        if isinstance(entry, dict)
        else {"type": "unknown" if not is_known(entry) else type(entry).__name__}
        for alias, entry in value.items()
    }
    return {"type": "dict", "entries": entries}


def _entry(entry: dict, pins: Mapping[str, Pin]) -> dict:
    config, backend = entry.get("CONFIG", {}), entry.get("BACKEND")
    is_dict = isinstance(config, dict)
    found = {
        "type": "dict",
        "keys": [str(key) for key in entry],
        "backend": backend if is_known(backend) else "?",
        "config_type": "dict" if is_dict or not is_known(config) else type(config).__name__,
        "config_keys": [str(key) for key in config] if is_dict else [],
        "kind": "other",
        "is_layer": True,
    }
    if not isinstance(backend, str):
        return found
    if backend in KINDS:
        found |= _made(KINDS[backend], config if is_dict else {}, pins)
        found["is_layer"] = True
    elif OURS.match(backend):
        found["import_error"] = {"type": "ImportError", "text": f"There is no {backend}"}
    elif backend.startswith("django."):
        found["is_layer"] = False
    return found


def _made(kind: str, config: dict, pins: Mapping[str, Pin]) -> dict:
    found = {
        "kind": kind,
        "channel_capacity": bool(config.get("channel_capacity")),
        "prefix": str(config.get("prefix", "asgi")),
    }
    if kind == "pubsub":
        found["unknown_keys"] = [key for key in config if key not in PUBSUB_KEYS]
    known = {"core": CORE_KEYS, "memory": MEMORY_KEYS}.get(kind)
    if known and (strange := [key for key in config if key not in known]):
        name = "RedisChannelLayer" if kind == "core" else "InMemoryChannelLayer"
        text = f"{name}.__init__() got an unexpected keyword argument '{strange[0]}'"
        return found | {"build_error": {"type": "TypeError", "text": text}}
    return found if kind == "memory" else found | _hosts(kind, config, pins)


def _hosts(kind: str, config: dict, pins: Mapping[str, Pin]) -> dict:
    hosts = config.get("hosts")
    keys = config.get("symmetric_encryption_keys")
    found = {"seconds_to_block": 5, "hosts_type": type(hosts).__name__, "hosts_given": bool(hosts)}
    found |= {"host_types": [], "connections": []}
    if variables_of(hosts) or isinstance(hosts, Unknown):
        return found
    if isinstance(keys, (str, bytes)):
        text = "symmetric_encryption_keys must be a list of possible keys"
        return found | {"build_error": {"type": "ValueError", "text": text}}
    if isinstance(hosts, (str, bytes)):
        text = "You must pass a list of Redis hosts, even if there is only one."
        return found | {"build_error": {"type": "ValueError", "text": text}}
    if isinstance(hosts, dict):
        return found | {"build_error": {"type": "ValueError", "text": SCHEME_ERROR}}
    given = hosts if isinstance(hosts, (list, tuple)) and hosts else ["redis://localhost:6379"]
    found["host_types"] = [_type(host) for host in given]
    found["connections"] = [_connection(host, pins) for host in given]
    return found


def _type(host: object) -> str:
    return type(host).__name__ if isinstance(host, (dict, tuple, list, str)) else ""


def _connection(host: object, pins: Mapping[str, Pin]) -> dict:
    """Return the connection that redis-py would create for `host`."""
    if isinstance(host, (tuple, list)):
        if len(host) < 2:
            return {"unknown": True}
        host = {"host": host[0], "port": host[1]}
    options = host if isinstance(host, dict) else {"address": host}
    address = options.get("address")
    if not is_known(address) or "sentinels" in options:
        return {"socket_timeout": _timeout(options, pins), "host": None, "port": None}
    if isinstance(address, str):
        if not address.startswith(SCHEMES):
            return {"error": {"type": "ValueError", "text": SCHEME_ERROR}, "cut_short": False}
        return _of_url(address) | {"socket_timeout": _timeout(options, pins)}
    if isinstance(address, (tuple, list)):
        options = {"host": address[0], "port": address[1]}
    elif address is None and not isinstance(host, dict):
        return {
            "error": {"type": "AttributeError", "text": "'int' object has no attribute 'decode'"}
        }
    name, port = options.get("host", "localhost"), options.get("port", 6379)
    return {
        "host": name if isinstance(name, str) else None,
        "port": port if isinstance(port, int) else None,
        "db": options.get("db", 0),
        "socket_timeout": _timeout(options, pins),
    }


def _of_url(address: str) -> dict:
    parts = urlsplit(address)
    cut_short = "@" in parts.path + parts.query + parts.fragment
    cut_short = cut_short and not address.startswith("unix:")
    try:
        port = parts.port
    except ValueError:
        port = None
    database = parts.path.strip("/")
    db = int(database) if database.isdigit() else 0
    return {"host": parts.hostname, "port": port, "db": db, "cut_short": cut_short}


def _timeout(options: dict, pins: Mapping[str, Pin]) -> object:
    """Return the socket's timeout, which is 5 s by default since redis-py 8."""
    if "socket_timeout" in options:
        given = options["socket_timeout"]
        return given if isinstance(given, (int, float)) else None
    redis, layer = pins.get("redis"), pins.get("channels_redis")
    if redis and redis.is_at_least(8):
        return 5
    if (redis and redis.is_below(8)) or (layer and layer.is_below(4)):
        return None
    return 5 if layer else None
