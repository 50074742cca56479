"""Asks the app's own environment for rooms and people, and for what the database holds."""

import asyncio
import json
import sys
from pathlib import Path

from workshop.errors import WorkshopError

SCRIPT = Path(__file__).with_name("keeper_script.py")
PATIENCE = 60  # seconds until it must have answered
LONGEST_LINE = 256 * 1024 * 1024


class Keeper:
    """Runs `keeper_script.py` in the app's folder, for as long as an `async with` block lasts."""

    def __init__(self, folder: Path, environment: dict[str, str]):
        self.folder, self.environment = folder, environment

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
            await self._answer()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error):
        self.process.stdin.close()
        try:
            await asyncio.wait_for(self.process.communicate(), 5)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def room(self, name: str, people: list[str]) -> dict[str, str]:
        """Make a public room and logged-in people; return {person: value of the Cookie header}."""
        return await self._ask(do="room", name=name, people=people)

    async def messages(self, room: str) -> list[tuple[int, str, str]]:
        """Return (seq, author, text) of every message that the room holds, in their order."""
        return [tuple(row) for row in await self._ask(do="messages", room=room)]

    async def _ask(self, **request):
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        return await self._answer()

    async def _answer(self):
        line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
        if not line:
            text = (await self.process.stderr.read()).decode(errors="replace")
            last = (text.strip().splitlines() or ["it says nothing"])[-1]
            raise WorkshopError(f"The project in {self.folder} does not start: {last.strip()}")
        return json.loads(line)
