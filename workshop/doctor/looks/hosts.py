"""The hosts of a Redis layer: their shape, their timeouts, whether somebody answers there."""

import ast
import contextlib
import ipaddress
import re
import socket
import threading
from collections.abc import Iterator

from workshop.doctor.context import Context
from workshop.doctor.finding import Change, Finding, finding

SCHEMES = "Redis URL must specify one of the following schemes (redis://, rediss://, unix://)"
IDLE = "redis.exceptions.TimeoutError: Timeout reading from 127.0.0.1:6379"
COMPOSE = ("compose*.y*ml", "docker-compose*.y*ml")


def look(context: Context, alias, entry, place, written) -> Iterator[Finding]:
    """Yield what is wrong with the hosts of the layer that `entry` describes."""
    for connection in entry.get("connections", []):
        if error := connection.get("error"):
            yield wrong_shape(alias, entry, error, place, written)
            return
        if connection.get("cut_short"):
            host, port = connection["host"], connection["port"]
            yield finding(
                "P46",
                f"A sign in the password cuts the URL short: the host is taken to be {host!r}.",
                place("CONFIG", "hosts"),
                case="escape",
                fill={"ss:6379": f"{host}:{port}"},
            )
            return
    yield from _idle(context, alias, entry, place, written)
    if context.network:
        yield from _reached(context, entry, place)


def wrong_shape(alias, entry, error, place, written) -> Finding:
    """P08, or P10 where a host's dict holds a key that redis-py does not know."""
    text, where, found = error["text"], place("CONFIG", "hosts"), written("CONFIG", "hosts")
    if "unexpected keyword argument" in text:
        key = text.rpartition("argument ")[2].strip("'")
        return finding(
            "P10",
            f"redis-py does not know {key}, which stands in a host's dict.",
            where,
            fill={"RedisChannelLayer.__init__() got an unexpected keyword argument 'LOCATION'": text},
            mend="Write the keys in small letters, as redis-py names them: `host`, `port`, `db`, "
            "`password`, or `address` for a URL.",
        )
    source = found.source(found.value) if found else ""
    change = None
    if "must pass a list" in text:
        what, case = "hosts is a text, and has to be a list.", "text"
        if isinstance(getattr(found, "value", None), ast.Constant):
            change = found.instead(
                f": {source}", f': [{{"address": {source}, "socket_timeout": None}}]'
            )
    elif _is_flat(found):
        what, case = "hosts is one pair of host and port, and has to be a list of them.", "flat"
        name, port = (found.source(one) for one in found.value.elts)
        change = found.instead(
            f": {source}", f': [{{"host": {name}, "port": {port}, "socket_timeout": None}}]'
        )
    elif isinstance(getattr(found, "value", None), ast.Dict):
        what, case = "hosts is a dict, and has to be a list of dicts.", "scheme"
        change = found.instead(f": {source}", f": [{source}]")
    elif SCHEMES in text:
        what, case = "A host is written without redis:// before it.", "scheme"
    elif "decode" in text or "NoneType" in text or "startswith" in text:
        what, case = "A host is neither a URL, nor a pair, nor a dict.", "flat"
    else:
        what, case = "hosts cannot be understood.", "scheme"
    words = f"{error['type']}: {text}"
    example = {"text": "", "flat": "AttributeError: 'int' object has no attribute 'decode'"}
    fill = {example.get(case, f"ValueError: {SCHEMES}"): words} if case != "text" else {}
    return finding("P08", what, where, case=case, fill=fill, change=change)


def _is_flat(found) -> bool:
    value = getattr(found, "value", None)
    return (
        isinstance(value, (ast.Tuple, ast.List))
        and len(value.elts) == 2
        and isinstance(value.elts[1], ast.Constant)
        and not isinstance(value.elts[1].value, str)
    )


def _idle(context: Context, alias, entry, place, written) -> Iterator[Finding]:
    """P01: the connection's real timeout, as redis-py itself makes it."""
    if entry["kind"] != "core":
        return
    for connection in entry.get("connections", []):
        timeout = connection.get("socket_timeout")
        if timeout is None:
            continue
        certain = timeout <= entry["seconds_to_block"]
        if not certain and context.facts["python"] >= [3, 12, 0]:
            continue
        from workshop.doctor.places import first_item

        found = written("CONFIG", "hosts")
        change = first_item(found) if found else None
        version = context.facts["versions"].get("redis", "")
        host, port = connection.get("host", "127.0.0.1"), connection.get("port", 6379)
        yield finding(
            "P01",
            f"redis-py {version} stops reading after {timeout:g} s, and the layer waits "
            f"{entry['seconds_to_block']} s for a message."
            if certain
            else f"The timeout of {timeout:g} s can swallow the end of a task on Python 3.11.",
            place("CONFIG", "hosts"),
            severity="error" if certain else "warning",
            condition="" if certain else "when a socket closes while its connection is made",
            fill={"127.0.0.1:6379": f"{host}:{port}"},
            change=change,
        )
        return


def _reached(context: Context, entry, place) -> Iterator[Finding]:
    """P05 and P06, as far as they can be seen without using Redis."""
    if context.settings.mentions("REDIS_URL") and not context.variable("REDIS_URL"):
        return  # where Redis is, is told when the project is run
    for connection in entry.get("connections", []):
        host, port = connection.get("host"), connection.get("port")
        if not host or not port or connection.get("cut_short"):
            continue
        where = place("CONFIG", "hosts")
        if is_loopback(host):
            if not answers(host, port):
                yield finding(
                    "P05",
                    f"Nothing answers at {host}:{port} now.",
                    where,
                    severity="warning",
                    condition="as long as no Redis runs there",
                    change=Change(),
                    fill={"127.0.0.1:6379": f"{host}:{port}", "'127.0.0.1', 6379": f"'{host}', {port}"},
                )
                return
        elif _is_bare(host) and not _resolves(host) and not _is_service(context, host):
            yield finding(
                "P06",
                f"This machine knows no host called {host}.",
                where,
                severity="warning",
                condition="outside the containers in which it has that name",
                fill={"redis:6379": f"{host}:{port}"},
            )
            return


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def answers(host: str, port: int) -> bool:
    """Return whether something listens on `port` of `host`."""
    with contextlib.suppress(OSError, ValueError), socket.create_connection((host, port), 1):
        return True
    return False


def _is_bare(host: str) -> bool:
    """Return whether `host` is one word, as a container's name is."""
    return bool(re.fullmatch(r"[a-zA-Z][\w-]*", host))


def _resolves(host: str) -> bool:
    """Return whether `host` has an address; True as well where that takes more than 2 s."""
    answer = [True]

    def ask():
        try:
            socket.getaddrinfo(host, None)
        except OSError:
            answer[0] = False

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(2)
    return answer[0]


def _is_service(context: Context, host: str) -> bool:
    """Return whether a Compose file of the project names a service `host`."""
    folder = context.project.folder
    for place in (folder, folder.parent):
        for pattern in COMPOSE:
            for file in place.glob(pattern):
                text = file.read_text(encoding="utf-8", errors="replace")
                if re.search(rf"^\s+{re.escape(host)}\s*:", text, re.M):
                    return True
    return False


def shared(context: Context) -> Iterator[Finding]:
    """P42: two layers with the same keys, or a database number where it separates nothing."""
    seen = {}
    for alias, entry in context.layers.items():
        kind = entry.get("kind")
        if kind not in ("core", "pubsub"):
            continue
        for connection in entry.get("connections", []):
            if not connection.get("host"):
                continue
            at = (kind, connection["host"], connection["port"], entry["prefix"])
            at += (connection["db"],) if kind == "core" else ()
            place = context.settings.place("CHANNEL_LAYERS", alias, "CONFIG", "hosts")
            if at in seen and seen[at] != alias:
                yield finding(
                    "P42",
                    f"The layers {seen[at]} and {alias} use the same Redis and the same prefix.",
                    place,
                    condition="if both have a group of the same name",
                )
            elif kind == "pubsub" and connection["db"] and entry["prefix"] == "asgi":
                yield finding(
                    "P42",
                    f"Database {connection['db']} does not separate a pubsub layer from others.",
                    place,
                    condition="if another project uses this Redis without a prefix too",
                )
            seen.setdefault(at, alias)
