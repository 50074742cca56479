"""A real Redis for as long as a block lasts: the one at REDIS_URL, or a private one."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from workshop.environment import child_environment
from workshop.errors import WorkshopError
from workshop.processes import undisturbed
from workshop.redis_binary import find_server

TRIES = 5
PATIENCE = 10  # seconds until a server must have answered
NONE_FOUND = (
    "This needs a Redis server and none was found: install one (Debian, Ubuntu: `sudo apt install "
    "redis-server`; Fedora: `sudo dnf install valkey`; macOS: `brew install redis`; Windows: use "
    "WSL or Memurai), or set REDIS_URL to one that runs."
)


@dataclass(frozen=True)
class Redis:
    """A Redis that answers: its address, and what to tell a person about it."""

    url: str
    description: str


class LostPort(Exception):
    """Another program took the free port first."""


@contextlib.contextmanager
def running() -> Iterator[Redis]:
    """Yield a Redis that answers; a private one is gone when the block ends.

    Raises WorkshopError where REDIS_URL does not answer, or is not set and no server is found.
    """
    if os.environ.get("REDIS_URL"):
        yield _given(os.environ["REDIS_URL"])
        return
    program = find_server()
    if not program:
        raise WorkshopError(NONE_FOUND)
    with private(program) as server:
        yield server


@contextlib.contextmanager
def private(program: str) -> Iterator[Redis]:
    """Yield a server of our own, started from `program`: empty, on a free port, kept nowhere.

    Raises WorkshopError where it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="workshop-redis-") as folder:
        server, port = _start(program, folder)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            yield Redis(url, f"a private {program} on port {port}, gone when you stop")
        finally:
            with undisturbed():
                _stop(server)


def masked(url: str) -> str:
    """Return `url` without the password that it may hold."""
    netloc = urlsplit(url).netloc
    if "@" not in netloc:
        return url
    user, _, host = netloc.rpartition("@")
    return url.replace(netloc, f"{user.partition(':')[0]}:***@{host}", 1)


def _given(url: str) -> Redis:
    import redis  # takes longer than all else that a command loads: only where one is asked

    try:
        quick = {"socket_connect_timeout": 3, "socket_timeout": 3, "retry": _at_once()}
        with redis.Redis.from_url(url, **quick) as client:
            client.ping()
    except redis.AuthenticationError as error:
        raise WorkshopError(
            f"The Redis at REDIS_URL ({masked(url)}) refuses the name or password: correct them."
        ) from error
    except (redis.RedisError, ValueError, OSError) as error:
        raise WorkshopError(
            f"No Redis answers at REDIS_URL ({masked(url)}): start it, correct the address, or "
            "unset REDIS_URL to get a private one."
        ) from error
    return Redis(url, f"the one at REDIS_URL ({masked(url)})")


def _start(program: str, folder: str) -> tuple[subprocess.Popen, int]:
    for _ in range(TRIES):
        port = _free_port()
        with open(Path(folder, "log"), "wb") as log:
            server = subprocess.Popen(
                [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
                + ["--save", "", "--appendonly", "no", "--daemonize", "no"],
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C must not reach it before its users have ended
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # on Windows
            )
        try:
            _wait(server, port, folder)
            return server, port
        except LostPort:
            _stop(server)
        except BaseException:
            _stop(server)
            raise
    raise WorkshopError(f"{program} found no free port in {TRIES} tries: run it again.")


def _wait(server: subprocess.Popen, port: int, folder: str) -> None:
    """Return when `server` answers PING. Raises LostPort, or WorkshopError with its last words."""
    import redis

    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with (
            contextlib.suppress(redis.ConnectionError, redis.TimeoutError),
            redis.Redis(
                port=port, socket_timeout=1, decode_responses=True, retry=_at_once()
            ) as client,
        ):
            client.ping()
            try:
                if os.path.samefile(client.config_get("dir")["dir"], folder):
                    return
            except (redis.RedisError, OSError, KeyError):
                pass
            raise LostPort  # it is not ours that answers
        time.sleep(0.01)
    text = Path(folder, "log").read_text(encoding="utf-8", errors="replace")
    if "already in use" in text:
        raise LostPort
    last = (text.strip().splitlines() or ["it says nothing"])[-1].strip()
    raise WorkshopError(f"{server.args[0]} does not start ({last}): set REDIS_SERVER to another.")


def _at_once():
    """Return what keeps redis-py from trying for seconds."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Retry(NoBackoff(), 0)


def _stop(server: subprocess.Popen) -> None:
    server.terminate()
    try:
        server.wait(timeout=3)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
