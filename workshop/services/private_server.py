"""A private server, such as Redis or PostgreSQL, that starts empty and is deleted afterwards."""

import contextlib
import subprocess
import tempfile
import time
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.processes import undisturbed
from workshop.services.network import free_port

TRIES = 5


class LostPort(Exception):
    """Another program took the free port first."""


class PrivateServer:
    """Runs on a free port of `address` for as long as a `with` block lasts.

    `stop` and `start` restart it on the same port. A subclass defines the `command` and whether the
    server `answers`, and may `prepare` its folder. Raises WorkshopError if it doesn't start.
    """

    address = "127.0.0.1"
    patience = 30  # seconds that it may take to answer
    advice = ""  # what to do if it doesn't start

    def __init__(self, program: Path | str):
        self.program = program
        self.port = 0
        self.process = None

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            folder = tempfile.TemporaryDirectory(prefix=f"workshop-{Path(self.program).name}-")
            self.folder = Path(stack.enter_context(folder))
            stack.callback(self._stop_undisturbed)
            self.prepare()
            self._start_on_a_free_port()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        self._stack.close()

    @property
    def url(self) -> str:
        raise NotImplementedError

    @property
    def description(self) -> str:
        """A description of this server for people."""
        return f"a private {self.program} on port {self.port}, gone when you stop"

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        """Return whether our server answers. Raises LostPort if another one does."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Fill `self.folder` before the first start."""

    def process_options(self) -> dict:
        """Return further arguments for Popen."""
        return {}

    def choose_port(self) -> int:
        return free_port()

    def start(self) -> None:
        """Start the server on its port, and return when it answers. Raises LostPort."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C must reach its users first
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # on Windows
                **self.process_options(),
            )
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.answers():
                return
            time.sleep(0.01)
        text = self.log.read_text(encoding="utf-8", errors="replace")
        if "already in use" in text:
            raise LostPort
        self.fail("does not start", text)

    def stop(self) -> None:
        """Stop the server. `start` brings it back on the same port."""
        if self.process is None or self.process.poll() is not None:
            return
        self.signal_stop()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def signal_stop(self) -> None:
        self.process.terminate()

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def fail(self, problem: str, output: str) -> None:
        """Raise a WorkshopError that quotes the last line of `output`."""
        lines = output.strip().splitlines() or ["it says nothing"]
        advice = f": {self.advice}" if self.advice else ""
        raise WorkshopError(f"{self.program} {problem} ({lines[-1].strip().rstrip('.')}){advice}.")

    def _start_on_a_free_port(self) -> None:
        for _ in range(TRIES):
            self.port = self.choose_port()
            try:
                return self.start()
            except LostPort:
                self.stop()
        raise WorkshopError(f"{self.program} found no free port in {TRIES} tries: run it again.")

    def _stop_undisturbed(self) -> None:
        with undisturbed():
            self.stop()
