"""The app's server processes: started, killed, stopped politely, put to sleep, weighed."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import psutil

from workshop.chaos.ports import lasting_port
from workshop.errors import WorkshopError

LAUNCHER = Path(__file__).with_name("launcher_script.py")
APPLICATION = "chat_project.asgi:application"
ARGUMENTS = {
    "daphne": ["-v", "0", "-b", "127.0.0.1", "-p", "{port}", APPLICATION],
    "uvicorn": ["--log-level", "warning", "--host", "127.0.0.1", "--port", "{port}", APPLICATION],
}
PATIENCE = 20  # seconds until a server must listen, or must have ended


class Server:
    """One server process on a port of its own, which it keeps over restarts."""

    also_on_path = ()  # folders of modules, beside the app's own

    def __init__(self, kind: str, folder: Path, environment: dict[str, str], log: Path):
        self.kind, self.folder, self.environment, self.log = kind, folder, environment, log
        self.port = lasting_port()
        self.process = None

    def socket_address(self, room: str) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/chat/{room}/"

    def command(self, fault: str) -> list[str]:
        words = [word.format(port=self.port) for word in ARGUMENTS[self.kind]]
        program = [str(LAUNCHER)] if fault else ["-m"]
        return [sys.executable, "-P", *program, self.kind, *words]

    async def start(self, fault: str = "") -> None:
        """Start it, with a `fault` of the launcher built in or as it is; return when it listens."""
        path = os.pathsep.join(map(str, [self.folder, *self.also_on_path]))
        extra = {"CHAOS_FAULT": fault, "PYTHONPATH": path}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command(fault),
                cwd=self.folder,
                env=self.environment | extra,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the one who started all this
            )
        deadline = time.monotonic() + PATIENCE
        while not await self._listens():
            if fault and self.process.returncode == -signal.SIGKILL:
                return  # so quick were its clients: its fault has struck already
            if self.process.returncode is not None or time.monotonic() > deadline:
                raise WorkshopError(f"{self.kind} does not start: {self.last_words()}")
            await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """SIGKILL: it has no chance to say or save anything."""
        await self.end(signal.SIGKILL)

    async def stop(self) -> float:
        """SIGTERM, as a deployment does; return after how many seconds it had ended."""
        began = time.monotonic()
        await self.end(signal.SIGTERM)
        return time.monotonic() - began

    async def end(self, number: int) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            await self.ended()

    async def ended(self) -> bool:
        """Return, when the process is gone, whether it went by itself within some time."""
        try:
            await asyncio.wait_for(self.process.wait(), PATIENCE)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            return False
        return True

    def freeze(self) -> None:
        """SIGSTOP: it holds its connections, and does nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def memory(self) -> int:
        """Return the bytes of memory that it really uses."""
        return psutil.Process(self.process.pid).memory_info().rss

    def text(self) -> str:
        """Return all that it has said."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def last_words(self) -> str:
        return (self.text().strip().splitlines() or ["it says nothing"])[-1].strip()

    async def _listens(self) -> bool:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.close()
            return True
        return False
