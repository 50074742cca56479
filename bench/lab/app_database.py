"""Creates rooms and users in an app's database, reads its messages, and locks its rows."""

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
PATIENCE = 60  # seconds that the script may take to answer
EXIT_SECONDS = 5
LONGEST_LINE = 256 * 1024 * 1024


@dataclass(frozen=True)
class StoredMessage:
    """A message of the app, or if it has a `target`, a change to the message with that number."""

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
            with contextlib.suppress(ProcessLookupError):  # it may have just exited
                self.process.kill()
            await self.process.wait()

    async def make_room(self, name: str, people: list[str]) -> dict[str, str]:
        """Create a public room and logged-in users. Returns {username: value of Cookie}."""
        return await self._ask("make_room", name=name, people=people)

    async def stored_messages(self, room: str) -> list["StoredMessage"]:
        """Return all of the room's messages and changes, in order."""
        return [StoredMessage(*row) for row in await self._ask("stored_messages", room=room)]

    @contextlib.asynccontextmanager
    async def locked_room(self, name: str) -> AsyncIterator[None]:
        """Lock one room's row during a block, as another transaction would."""
        await self._ask("lock_room", name=name)
        try:
            yield
        finally:
            await self._ask("unlock_room")

    @contextlib.asynccontextmanager
    async def locked_for_writing(self) -> AsyncIterator[None]:
        """Block all other writes to the database during a block, as a long transaction would."""
        await self._ask("lock_for_writing")
        try:
            yield
        finally:
            await self._ask("unlock_for_writing")

    async def wait_for_lock_waiters(self, seconds: float) -> bool:
        """Wait until a transaction waits for a lock. Returns whether one does (PostgreSQL)."""
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
            lines = text.strip().splitlines() or ["no output"]
            raise WorkshopError(f"The project in {self.folder} doesn't start: {lines[-1].strip()}")
        return json.loads(line)
