"""A layer on 127.0.0.1 that a container's own commands show to be somewhere else (P05)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from channels_doctor.finding import Finding, finding
from channels_doctor.rules.context import Context
from channels_doctor.rules.redis_hosts.reach import is_loopback
from channels_doctor.source.settings import Written
from channels_doctor.static.folders import around, depth_first
from channels_doctor.static.settings_names import NAMED

LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost)\b")
CHOSEN = re.compile(r"environ|getenv|\benv\b|config\(", re.I)
COMPOSE = ("compose*.y*ml", "docker-compose*.y*ml")
ELSEWHERE = ("Procfile", "Dockerfile*")
STARTS_REDIS = ("Dockerfile*", "*.sh", "supervisor*.conf", "Procfile")
SERVES = re.compile(
    r"\b(?:daphne|uvicorn|hypercorn|granian)\b|UvicornWorker|manage\.py\W+runserver"
)
REDIS = re.compile(r"^\s*image:\s*[\"']?(?:\S*/)?(?:redis|valkey)\b")


def check(context: Context, entry: dict, written: Written | None) -> Iterator[Finding]:
    """Yield P05 if the project is served in a container, and its Redis is in another."""
    if written is None or not _is_on_this_machine(entry, written) or _starts_redis(context):
        return
    for folder in around(context.project.folder, context.project.given):
        if found := _served_in(folder, context.project.settings):
            connection = entry["connections"][0]
            name = found.relative_to(folder).as_posix()
            yield finding(
                "P05",
                f"{name} runs the project in a container, where {connection['host']} is the "
                "container itself, and no Redis runs in it.",
                written.place,
                severity="warning",
                condition=f"where {name} runs the project",
                values={"host": connection["host"], "port": connection["port"] or 6379},
                fix="Read the address from the environment, and set it there to the host of Redis.",
            )
            return


def _is_on_this_machine(entry: dict, written: Written) -> bool:
    """Return whether the only hosts are written out, and are this machine."""
    hosts = [connection.get("host") for connection in entry.get("connections", [])]
    text = ast.unparse(written.value)
    is_written = LOOPBACK.search(text) and not CHOSEN.search(text)
    return bool(hosts and is_written) and all(host and is_loopback(host) for host in hosts)


def _starts_redis(context: Context) -> bool:
    """Return whether Redis runs next to the project, in the same container."""
    for folder in around(context.project.folder, context.project.given):
        for file in depth_first(folder, STARTS_REDIS):
            if re.search(r"redis-server|valkey-server", _text(file)):
                return True
    return False


def _served_in(folder: Path, settings: str) -> Path | None:
    """Return the file in `folder` that runs the project in a container without Redis, or None."""
    files = [file for pattern in (*COMPOSE, *ELSEWHERE) for file in sorted(folder.glob(pattern))]
    scripts = depth_first(folder, (*ELSEWHERE, "*.sh"))
    is_served = any(SERVES.search(_text(file)) for file in (*files, *scripts))
    for file in files if is_served else ():
        text = _text(file)
        is_compose = file.suffix in (".yml", ".yaml")
        apart = _has_its_own_redis(text) if is_compose else _serves(text)
        if apart and not set(NAMED.findall(text)) - {settings}:
            return file
    return None


def _serves(text: str) -> bool:
    return any(SERVES.search(line) for line in _commands(text))


def _has_its_own_redis(text: str) -> bool:
    """Return whether a Compose file builds one service and runs Redis in another."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    has_redis = any(REDIS.search(line) for line in lines)
    is_built = any(re.match(r"\s+build:", line) for line in lines)
    on_the_host = any("network_mode" in line and "host" in line for line in lines)
    return has_redis and is_built and not on_the_host


def _commands(text: str) -> list[str]:
    """Return the lines of a Dockerfile or Procfile that run something when it is served."""
    lines = text.replace("\\\n", " ").splitlines()
    return [line for line in lines if re.match(r"(?:CMD|ENTRYPOINT)\b|\w+:\s", line)]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8-sig", errors="replace") if file.is_file() else ""
