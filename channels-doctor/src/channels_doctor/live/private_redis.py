"""A private Redis server, for projects that read its URL from a variable."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from channels_doctor.errors import DoctorError
from channels_doctor.live.processes import OWN_GROUP, stop
from channels_doctor.probing import child_environment

PROGRAMS = ("redis-server", "valkey-server")
TRIES = 5
PATIENCE = 10  # seconds that a server may take to answer
NONE_FOUND = (
    "No Redis server is installed here: install one (Debian, Ubuntu: `sudo apt install "
    "redis-server`; macOS: `brew install redis`), or set REDIS_SERVER to its path."
)

FindProgram = Callable[[], str | None]


def find_program() -> str | None:
    """Return the path of a Redis server from REDIS_SERVER or PATH, or None."""
    names = (os.environ.get("REDIS_SERVER"), *PROGRAMS)
    found = (shutil.which(name) for name in names if name)
    return next(filter(None, found), None)


@contextlib.contextmanager
def running(program: str | None) -> Iterator[str]:
    """Yield the URL of a server started from `program`: empty, on a free port, never saved.

    Raises DoctorError if there is no program, or if it doesn't start.
    """
    if not program:
        raise DoctorError(NONE_FOUND)
    with tempfile.TemporaryDirectory(prefix="channels-doctor-redis-") as folder:
        server, port = _started(program, folder)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            stop(server)


def _started(program: str, folder: str) -> tuple[subprocess.Popen, int]:
    for _ in range(TRIES):  # another process may take the free port first
        port = _free_port()
        server = _start(program, folder, port)
        try:
            if _is_ready(server, port, folder):
                return server, port
        except BaseException:
            stop(server)
            raise
        stop(server)
    text = Path(folder, "log").read_text(encoding="utf-8", errors="replace")
    last_line = (text.strip().splitlines() or ["it printed nothing"])[-1].strip()
    raise DoctorError(f"{program} doesn't start ({last_line}): set REDIS_SERVER to another one.")


def _start(program: str, folder: str, port: int) -> subprocess.Popen:
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
    options += ["--save", "", "--appendonly", "no", "--daemonize", "no"]
    with open(Path(folder, "log"), "wb") as log:
        return subprocess.Popen(
            [program, *options],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            **OWN_GROUP,
        )


def _is_ready(server: subprocess.Popen, port: int, folder: str) -> bool:
    """Wait until `server` answers. Returns False if it ends, or if another one has the port."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError):
            return _folder_of(port) == os.path.realpath(folder)
        time.sleep(0.01)
    return False


def _folder_of(port: int) -> str:
    """Return the folder of the Redis on `port`. Raises OSError while none answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(b"CONFIG GET dir\r\nQUIT\r\n")
        with connection.makefile("rb") as answer:
            lines = answer.read().split(b"\r\n")
    return os.path.realpath(os.fsdecode(lines[4])) if len(lines) > 4 else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
