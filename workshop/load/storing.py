"""Messages stored a second on each database, and what the thread hop costs."""

import asyncio
import json
import sys
from pathlib import Path

from workshop import postgres_server
from workshop.errors import WorkshopError
from workshop.load.bench import Bench
from workshop.load.cores import pin

SCRIPT = Path(__file__).with_name("store_script.py")
PATIENCE = 120
DATABASES = ("sqlite", "postgres")


def missing(database: str) -> str:
    """Return why `database` cannot be measured here, or nothing."""
    if database == "postgres" and not postgres_server.programs():
        return "PostgreSQL is not installed"
    return ""


async def measure(bench: Bench, database: str, seconds: float) -> dict:
    """Return how many messages a second the app's writer stores on `database`, alone."""
    if database == "sqlite":
        return await _run(
            bench, f"sqlite:///{bench.stage.place / 'store.sqlite3'}", database, seconds
        )
    with postgres_server.private(postgres_server.programs()) as server:
        return await _run(bench, server.url, database, seconds)


async def _run(bench, url, database, seconds) -> dict:
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", str(SCRIPT), str(seconds)],
        cwd=bench.stage.folder,
        env=bench.stage.environment | {"DATABASE_URL": url},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    pin(process.pid, bench.cores.server)
    try:
        out, error = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        last = (error.decode(errors="replace").strip().splitlines() or ["it says nothing"])[-1]
        raise WorkshopError(f"Storing on {database} could not be measured: {last}")
    return {"kind": "store", "target": f"final {database}", **json.loads(out)}
