"""The bench's side of a process that uses a layer: start it, send it requests, stop it."""

import asyncio
import contextlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError

SCRIPT = Path(__file__).with_name("worker_script.py")
PATIENCE = 120  # seconds for one answer, or for a process to start
LIMIT = 2**26  # bytes in an answer


class LayerFailed(WorkshopError):
    """The layer raised an error, or a process that uses it exited."""


class Worker:
    """A worker process. Use it in an `async with` block. Its output goes to `log`."""

    def __init__(self, settings: dict, log: Path):
        self.settings = settings
        self.log = log
        self.numbers = itertools.count(1)
        self.waiting: dict[int, asyncio.Future] = {}

    async def __aenter__(self):
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command(self.settings),
                env=child_environment(PYTHONUNBUFFERED="1"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                limit=LIMIT,
                start_new_session=True,  # Ctrl-C is only for the parent process
            )
        ready = self.waiting[0] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read_answers())
        try:
            await asyncio.wait_for(ready, PATIENCE)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error):
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        await self._reading

    async def call(self, verb: str, **arguments: object) -> object:
        """Return the process's answer. Raises LayerFailed."""
        number = next(self.numbers)
        answer = self.waiting[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "verb": verb, **arguments}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        try:
            return await asyncio.wait_for(answer, PATIENCE)
        except TimeoutError as error:
            raise LayerFailed(f"{verb} took longer than {PATIENCE} s.") from error

    async def _read_answers(self) -> None:
        while line := await self.process.stdout.readline():
            words = json.loads(line)
            answer = self.waiting.pop(words["id"])
            if answer.done():
                continue
            if "error" in words:
                answer.set_exception(LayerFailed(words["error"]))
            else:
                answer.set_result(words["result"])
        for answer in self.waiting.values():
            if not answer.done():
                answer.set_exception(LayerFailed(f"the process exited: {self._last_line()}"))

    def _last_line(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else "no output"


def run_script(settings: dict, *words: object) -> None:
    """Run the script with other arguments, until it exits. Raises LayerFailed."""
    try:
        done = subprocess.run(
            [*command(settings), *map(str, words)],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired as error:
        raise LayerFailed(f"{words[0]} took longer than {PATIENCE} s.") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise LayerFailed(next(filter(_names_error, reversed(lines)), f"{words[0]} failed"))


def _names_error(line: str) -> bool:
    """Return whether a traceback line names the error."""
    return bool(re.match(r"[A-Za-z_.]+(Error|Exception)\b", line))


def command(settings: dict) -> list[str]:
    """Return the command that starts a process with these Django settings."""
    return [sys.executable, "-P", str(SCRIPT), json.dumps(settings)]
