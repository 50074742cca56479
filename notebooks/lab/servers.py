"""A real server process for as long as a block lasts."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from lab import session
from workshop.base.environment import child_environment
from workshop.base.processes import stop
from workshop.services import network

PATIENCE = 60  # seconds until a server must listen, or must have logged what it should
COMMANDS = {
    "daphne": "-m daphne --bind 127.0.0.1 --port {port} chat_project.asgi:application",
    "runserver": "manage.py runserver --noreload 127.0.0.1:{port}",
}


class Server:
    """A server that listens; what it prints is kept in `log`."""

    def __init__(self, process: subprocess.Popen, port: int, path: Path):
        self.process, self.port, self.path = process, port, path

    def socket(self, room: str) -> str:
        """Return the address of a room's socket."""
        return f"ws://127.0.0.1:{self.port}/ws/chat/{room}/"

    @property
    def log(self) -> str:
        """What the server has printed until now."""
        return self.path.read_text(encoding="utf-8", errors="replace")

    async def logs(self, words: str) -> str:
        """Wait for a line that holds `words`; return it. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for line in self.log.splitlines():
                    if words in line:
                        return line.strip()
                await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def serve(folder: Path, program: str = "daphne", **environment: str) -> AsyncIterator[Server]:
    """Serve the project in `folder` by "daphne" or "runserver"; stop it when the block ends.

    Raises RuntimeError, with what the server says, if it does not start.
    """
    port = network.free_port("127.0.0.1", 0)
    log = folder / f"server-{port}.log"
    process = _start(COMMANDS[program].format(port=port).split(), folder, log, environment)
    session.STACK.callback(stop, process)  # a cell that is interrupted may not come to its end
    try:
        server = Server(process, port, log)
        deadline = time.monotonic() + PATIENCE
        while not network.answers("127.0.0.1", port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start:\n{server.log}")
            await asyncio.sleep(0.05)
        yield server
    finally:
        await asyncio.to_thread(stop, process)


def _start(words: list[str], folder: Path, log: Path, environment: dict) -> subprocess.Popen:
    with open(log, "wb") as file:
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=folder,
            env=child_environment(PYTHONUNBUFFERED="1", **environment),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
