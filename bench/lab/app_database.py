"""Makes rooms and users in an app's database, reads its messages, and locks its rows."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from workshop.base.errors import WorkshopError

SCRIPT = Path(__file__).with_name("app_database_script.py")
PATIENCE = 60  # seconds until the script must answer
EXIT_SECONDS = 5
LONGEST_LINE = 256 * 1024 * 1024


@dataclass(frozen=True)
class StoredMessage:
    """A message of the app, or, if it has a `target`, a change of the message with that number."""

    seq: int
    author: str
    client_id: str
    text: str
    target: int | None = None


class AppDatabase:
    """Runs `app_database_script.py` in the app's folder while an `async with` block lasts."""

    def __init__(self, folder: Path, environment: dict[str, str]):
        self.folder = folder
        self.environment = environment

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-P", str(SCRIPT)],
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            start_new_session=True,
        )
        try:
            await self._read_answer()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error):
        self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.communicate(), EXIT_SECONDS)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):  # it may have exited just now
                self.process.kill()
            await self.process.wait()

    async def make_room(self, name: str, people: list[str]) -> dict[str, str]:
        """Make a public room and logged-in users; return {username: value of Cookie}."""
        return await self._ask("make_room", name=name, people=people)

    async def stored_messages(self, room: str) -> list["StoredMessage"]:
        """Return every message and change of the room, in order."""
        return [StoredMessage(*row) for row in await self._ask("stored_messages", room=room)]

    @contextlib.asynccontextmanager
    async def locked_room(self, name: str) -> AsyncIterator[None]:
        """Hold a lock on the row of one room, as another transaction would, for a block."""
        await self._ask("lock_room", name=name)
        try:
            yield
        finally:
            await self._ask("unlock_room")

    @contextlib.asynccontextmanager
    async def locked_for_writing(self) -> AsyncIterator[None]:
        """Let nobody else write to the database, as a long transaction would, for a block."""
        await self._ask("lock_for_writing")
        try:
            yield
        finally:
            await self._ask("unlock_for_writing")

    async def wait_for_lock_waiters(self, seconds: float) -> bool:
        """Return whether a transaction waits for a lock, as soon as one does (PostgreSQL)."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if await self._ask("count_lock_waiters"):
                return True
            await asyncio.sleep(0.02)
        return False

    async def _ask(self, command: str, **arguments):
        request = {"command": command, **arguments}
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        return await self._read_answer()

    async def _read_answer(self):
        line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
        if not line:
            text = (await self.process.stderr.read()).decode(errors="replace")
            lines = text.strip().splitlines() or ["it prints nothing"]
            raise WorkshopError(f"The project in {self.folder} does not start: {lines[-1].strip()}")
        return json.loads(line)
