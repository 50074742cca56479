"""Whether anything answers at the hosts of a Redis layer, judging by a connection alone."""

import contextlib
import ipaddress
import re
import socket
import threading
from collections.abc import Iterator

from channels_doctor.finding import Change, Finding, Place, finding
from channels_doctor.rules.context import Context

COMPOSE = ("compose*.y*ml", "docker-compose*.y*ml")


def check(context: Context, entry, place) -> Iterator[Finding]:
    """P05 and P06, as far as they show without using Redis."""
    if context.settings.mentions("REDIS_URL") and not context.variable("REDIS_URL"):
        return  # where Redis is, is told when the project is run
    for connection in entry.get("connections", []):
        host, port = connection.get("host"), connection.get("port")
        if not host or not port or connection.get("cut_short"):
            continue
        found = _unreachable(context, host, port, place("CONFIG", "hosts"))
        if found:
            yield found
            return


def _unreachable(context: Context, host: str, port: int, where: Place) -> Finding | None:
    if is_loopback(host):
        if answers(host, port):
            return None
        return finding(
            "P05",
            f"Nothing answers at {host}:{port} now.",
            where,
            severity="warning",
            condition="as long as no Redis runs there",
            change=Change(),
            values={"host": host, "port": port},
        )
    if not _is_bare(host) or _resolves(host) or _is_service(context, host):
        return None
    return finding(
        "P06",
        f"This machine knows no host called {host}.",
        where,
        severity="warning",
        condition="outside the containers that know this name",
        values={"address": f"{host}:{port}"},
    )


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
    """Return whether `host` is a single word, like a container's name."""
    return bool(re.fullmatch(r"[a-zA-Z][\w-]*", host))


def _resolves(host: str) -> bool:
    """Return whether `host` resolves, or takes more than 2 s to."""
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
    """Return whether a Compose file in the project has a service called `host`."""
    folder = context.project.folder
    for place in (folder, folder.parent):
        for pattern in COMPOSE:
            for file in place.glob(pattern):
                text = file.read_text(encoding="utf-8-sig", errors="replace")
                if re.search(rf"^\s+{re.escape(host)}\s*:", text, re.M):
                    return True
    return False
