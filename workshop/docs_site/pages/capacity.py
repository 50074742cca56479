"""The measured part of the capacity page: figures from docs/figures/, and how each was measured."""

import asyncio
import contextlib
import json
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.base.project_files import is_ignored
from workshop.course import catalog
from workshop.services import network

FILE = Path("docs", "figures", "capacity.json")
WARM_UP = 20
SOCKETS = 500
SERVERS = {
    "daphne": ["-m", "daphne", "-p", "{port}", "chat_project.asgi:application"],
    "uvicorn": ["-m", "uvicorn", "--port", "{port}", "chat_project.asgi:application"],
}


def capacity(root: Path) -> list[str]:
    """Return the table of measurements, with a description of the machine."""
    measured = json.loads((root / FILE).read_text(encoding="utf-8"))
    rows = ["| What | Figure | How it was measured |", "|---|--:|---|"]
    for row in measured["rows"]:
        rows.append(f"| {row['what']} | {row['value']} {row['unit']} | {row['how']} |")
    return [*rows, "", f"Measured with {measured['with']}."]


def write(root: Path = ROOT) -> Path:
    """Measure everything again; return the file."""
    rows = [asyncio.run(_memory(name, root)) for name in SERVERS]
    python = platform.python_version()
    machine = f"Python {python} on {platform.system()}, {psutil.cpu_count()} cores"
    path = root / FILE
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({"with": machine, "rows": rows}, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return path


async def _memory(name: str, root: Path) -> dict:
    from websockets.asyncio.client import connect

    with _served(name, root) as (server, address):
        process = psutil.Process(server.pid)
        async with contextlib.AsyncExitStack() as stack:

            async def open_one() -> None:
                await stack.enter_async_context(
                    connect(f"ws://{address}/ws/chat/lobby/", proxy=None, open_timeout=30)
                )

            for _ in range(WARM_UP):
                await open_one()
            before = process.memory_info().rss
            for _ in range(SOCKETS):
                await open_one()
            each = (process.memory_info().rss - before) / SOCKETS
    return {
        "what": f"Memory of one idle socket of chapter 03, {name}",
        "value": round(each / 1024),
        "unit": "KiB",
        "how": f"the server's memory before and after {SOCKETS} sockets were opened",
    }


@contextlib.contextmanager
def _served(name: str, root: Path) -> Iterator[tuple[subprocess.Popen, str]]:
    """Serve a copy of checkpoint 03 with the server `name` while the block runs."""
    port = network.free_port("127.0.0.1", 0)
    words = [word.format(port=port) for word in SERVERS[name]]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "project")
        shutil.copytree(
            catalog.find("03", root).folder,
            folder,
            ignore=lambda where, names: {inside for inside in names if is_ignored(inside)},
        )
        server = subprocess.Popen(
            [sys.executable, *words],
            cwd=folder,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not network.answers("127.0.0.1", port):
                if server.poll() is not None:
                    raise RuntimeError(f"{name} does not start")
            yield server, f"127.0.0.1:{port}"
        finally:
            stop(server)
