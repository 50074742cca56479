"""Build each channel layer as Channels would, without connecting, and report the result."""

import inspect

MEMORY = "InMemoryChannelLayer"
CORE = "RedisChannelLayer"
PUBSUB = "RedisPubSubChannelLayer"
KINDS = {MEMORY: "memory", CORE: "core", PUBSUB: "pubsub"}
PUBSUB_KEYS = {
    "hosts",
    "prefix",
    "on_disconnect",
    "on_reconnect",
    "symmetric_encryption_keys",
    "serializer_format",
}


def collect(settings):
    """Return a description of `settings.CHANNEL_LAYERS`, with addresses but without secrets."""
    configured = getattr(settings, "CHANNEL_LAYERS", None)
    if not isinstance(configured, dict):
        return {"type": type(configured).__name__, "entries": {}}
    entries = {}
    for alias, entry in configured.items():
        entries[str(alias)] = (
            _entry(entry) if isinstance(entry, dict) else {"type": type(entry).__name__}
        )
    return {"type": "dict", "entries": entries}


def _entry(entry):
    config = entry.get("CONFIG", {})
    backend = entry.get("BACKEND")
    facts = {
        "type": "dict",
        "keys": [str(key) for key in entry],
        "backend": None if backend is None else str(backend),
        "config_type": type(config).__name__,
        "config_keys": [str(key) for key in config] if isinstance(config, dict) else [],
    }
    if backend is None or not isinstance(config, dict):
        return facts
    try:
        made_by = _imported(backend)
    except Exception as error:
        return {**facts, "import_error": _words(error), **_planned(backend, config)}
    if not callable(made_by):
        return {**facts, "not_callable": type(made_by).__name__}
    kind = _kind(made_by)
    if kind == "other":
        return {**facts, "kind": kind, "is_layer": not str(backend).startswith("django.")}
    return {**facts, "kind": kind, **_made(made_by, config, kind)}


def _imported(backend):
    from django.utils.module_loading import import_string

    return import_string(backend)


def _made(made_by, config, kind):
    """Return what one of Channels' own layers, `made_by(**config)`, is like."""
    facts = {
        "channel_capacity": bool(config.get("channel_capacity")),
        "prefix": str(config.get("prefix", "asgi")),
    }
    if kind == "pubsub":
        known = PUBSUB_KEYS | set(inspect.signature(made_by.__init__).parameters)
        facts["unknown_keys"] = [str(key) for key in config if str(key) not in known]
    try:
        layer = made_by(**config)
    except Exception as error:
        facts["build_error"] = _words(error)
        return facts
    if kind != "memory":
        facts["seconds_to_block"] = getattr(made_by, "brpop_timeout", 5)
        facts["hosts_type"] = type(config.get("hosts")).__name__
        facts["hosts_given"] = bool(config.get("hosts"))
        facts["host_types"] = _types(config.get("hosts"))
        hosts = config.get("hosts") if kind == "pubsub" else layer.hosts
        facts["connections"] = _connections(hosts, facts)
    return facts


def _planned(backend, config):
    """Return what is known about a Redis layer whose package isn't installed: its hosts."""
    hosts = config.get("hosts") or ["redis://localhost:6379"]  # as the layer does
    if not str(backend).startswith("channels_redis.") or not isinstance(hosts, (list, tuple)):
        return {}
    facts = {"planned": "pubsub" if PUBSUB in backend else "core", "seconds_to_block": 5}
    facts["host_types"] = _types(hosts)
    try:
        facts["connections"] = _connections(hosts, facts)
    except ImportError:  # not even the client is installed
        return {}
    return facts


def _types(hosts):
    return [type(host).__name__ for host in hosts] if isinstance(hosts, (list, tuple)) else []


def _kind(made_by):
    """Return which of Channels' layers `made_by` is or extends, or "other"."""
    for base in getattr(made_by, "__mro__", ()):
        if base.__module__.split(".")[0] in ("channels", "channels_redis"):
            if base.__name__ in KINDS:
                return KINDS[base.__name__]
    return "other"


def _tools():
    """Return channels_redis' create_pool and decode_hosts, or equivalents if it isn't installed."""
    try:
        from channels_redis.utils import create_pool, decode_hosts
    except ImportError:
        return _create_pool, _decode_hosts
    return create_pool, decode_hosts


def _decode_hosts(hosts):
    found = []
    for host in hosts:
        if isinstance(host, (tuple, list)):
            host = {"host": host[0], "port": host[1]}
        found.append(host if isinstance(host, dict) else {"address": host})
    return found


def _create_pool(host):
    from redis.asyncio import ConnectionPool

    host = dict(host)
    if "address" in host:
        return ConnectionPool.from_url(host.pop("address"), **host)
    return ConnectionPool(**host)


def _connections(hosts, facts):
    """Return the connection that redis-py creates for each host. It isn't opened yet."""
    create_pool, decode_hosts = _tools()
    try:
        hosts = decode_hosts(hosts)
    except Exception as error:
        facts["build_error"] = _words(error)
        return []
    return [_connection(host, create_pool) for host in hosts]


def _connection(host, create_pool):
    """Return the connection that redis-py creates for `host`, or the error it raises."""
    if "sentinels" in host or "master_name" in host:
        return {"sentinel": True, **_timeout_of_sentinel(host)}
    address = host.get("address")
    try:
        connection = create_pool(host).make_connection()
    except Exception as error:
        return {"error": _words(error), "cut_short": _is_cut_short(address)}
    return {
        "host": getattr(connection, "host", None),
        "port": getattr(connection, "port", None),
        "path": getattr(connection, "path", None),
        "db": getattr(connection, "db", 0),
        "socket_timeout": getattr(connection, "socket_timeout", None),
        "tls": type(connection).__name__.startswith("SSL"),
        "retry": "retry" in host or "retry_on_error" in host,
        "cut_short": _is_cut_short(address),
    }


def _timeout_of_sentinel(host):
    """Return redis-py's default timeout for a connection to the Sentinel master."""
    create_pool, _ = _tools()
    plain = {"host": "localhost", "port": 6379}
    plain.update({key: host[key] for key in ("socket_timeout",) if key in host})
    return {"socket_timeout": create_pool(plain).make_connection().socket_timeout}


def _is_cut_short(address):
    """Return whether a `#`, `/` or `?` in a URL's password ends its host part early."""
    if not isinstance(address, str) or "://" not in address:
        return False
    from urllib.parse import urlsplit

    if address.startswith("unix:"):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return "@" in address
    return "@" in parts.path + parts.query + parts.fragment


def _words(error):
    return {"type": type(error).__name__, "text": str(error)}
