"""The helper process that reads the app's database exits, even on a slow machine."""

import asyncio
import sys

from bench.lab import app_database
from bench.lab.app_database import AppDatabase


async def test_a_process_that_exits_just_as_we_lose_patience_is_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr(app_database, "EXIT_SECONDS", 0)
    database = AppDatabase(tmp_path, {})
    database.process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-c", ""],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await database.process.stdout.read()
    await database.process.stderr.read()
    await database.process.wait()
    await database.__aexit__()
    assert database.process.returncode == 0
