"""Measures messages stored per second on each database, and the cost of a thread hop."""

import asyncio
import json
import sys
from pathlib import Path

from bench.lab.cores import pin
from bench.load.benchmark import Benchmark
from workshop.base.errors import WorkshopError
from workshop.services import postgres_server

SCRIPT = Path(__file__).with_name("store_script.py")
PATIENCE = 120
DATABASES = ("sqlite", "postgres")


def why_missing(database: str) -> str:
    """Return why `database` can't be measured here, or an empty string."""
    if database == "postgres" and not postgres_server.find_programs():
        return "PostgreSQL is not installed"
    return ""


async def measure(benchmark: Benchmark, database: str, seconds: float) -> dict:
    """Return how many messages per second the app's writer stores on `database`."""
    if database == "sqlite":
        url = f"sqlite:///{benchmark.testbed.folder / 'store.sqlite3'}"
        return await _run(benchmark, url, database, seconds)
    with postgres_server.PrivatePostgres() as server:
        return await _run(benchmark, server.url, database, seconds)


async def _run(benchmark, url, database, seconds) -> dict:
    process = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", str(SCRIPT), str(seconds)],
        cwd=benchmark.testbed.app,
        env=benchmark.testbed.environment | {"DATABASE_URL": url},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    pin(process.pid, benchmark.cores.server)
    try:
        out, error = await asyncio.wait_for(process.communicate(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        lines = error.decode(errors="replace").strip().splitlines() or ["no output"]
        raise WorkshopError(f"Couldn't measure storing: {lines[-1]}")
    return {"kind": "store", "target": f"final {database}", **json.loads(out)}
