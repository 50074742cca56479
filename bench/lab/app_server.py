"""Server processes of an app: start, kill, stop, freeze, and measure their memory."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import psutil

from workshop.base.errors import WorkshopError
from workshop.services.network import free_port

LAUNCHER = Path(__file__).with_name("launcher_script.py")
APPLICATION = "chat_project.asgi:application"
ENDPOINT = "tcp:port={port}:interface={address}:backlog=2048"
ARGUMENTS = {
    "daphne": ["-v", "0", "-e", ENDPOINT, APPLICATION],
    "uvicorn": ["--log-level", "warning", "--host", "{address}", "--port", "{port}", APPLICATION],
}
PATIENCE = 20  # seconds within which a server must start listening, or exit


class AppServer:
    """One server process. It keeps its port when it restarts."""

    address = "127.0.0.1"
    python_path = ()  # extra folders for imports, after the app's own

    def __init__(self, kind: str, folder: Path, environment: dict[str, str], log: Path):
        self.kind = kind
        self.folder = folder
        self.environment = environment
        self.log = log
        self.port = free_port()
        self.process = None

    def command(self, fault: str) -> list[str]:
        place = {"address": self.address, "port": self.port}
        arguments = [argument.format(**place) for argument in ARGUMENTS[self.kind]]
        program = [str(LAUNCHER)] if fault else ["-m"]
        return [sys.executable, "-P", *program, self.kind, *arguments]

    async def start(self, fault: str = "") -> None:
        """Start the process and wait until it's listening. `fault` is for the launcher."""
        path = os.pathsep.join(map(str, [self.folder, *self.python_path]))
        extra = {"CHAOS_FAULT": fault, "PYTHONPATH": path}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command(fault),
                cwd=self.folder,
                env=self.environment | extra,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is only for the parent process
            )
        deadline = time.monotonic() + PATIENCE
        while not await self._listens():
            if fault and self.process.returncode == -signal.SIGKILL:
                return  # its clients were quick, and the fault has already happened
            if self.process.returncode is not None or time.monotonic() > deadline:
                raise WorkshopError(f"{self.kind} doesn't start: {self.last_log_line()}")
            await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """Send SIGKILL: the process has no chance to send or save anything."""
        await self.send_signal(signal.SIGKILL)

    async def stop(self) -> float:
        """Send SIGTERM, as a deployment does. Returns how many seconds the process took to exit."""
        started = time.monotonic()
        await self.send_signal(signal.SIGTERM)
        return time.monotonic() - started

    async def send_signal(self, number: int) -> None:
        """Send a signal that ends the process, and wait until it has exited."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            await self.wait_for_exit()

    async def wait_for_exit(self) -> bool:
        """Wait for the process to exit. If it takes too long, kill it and return False."""
        try:
            await asyncio.wait_for(self.process.wait(), PATIENCE)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):  # it may have just exited
                self.process.kill()
            await self.process.wait()
            return False
        return True

    def freeze(self) -> None:
        """Send SIGSTOP: the process keeps its connections but does nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Send SIGCONT: the process continues after `freeze`."""
        self.process.send_signal(signal.SIGCONT)

    def memory(self) -> int:
        """Return the resident memory in bytes."""
        return psutil.Process(self.process.pid).memory_info().rss

    def log_text(self) -> str:
        """Return everything the process has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def last_log_line(self) -> str:
        lines = self.log_text().strip().splitlines() or ["no output"]
        return lines[-1].strip()

    async def _listens(self) -> bool:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(self.address, self.port)
            writer.close()
            return True
        return False
