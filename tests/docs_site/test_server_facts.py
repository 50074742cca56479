"""daphne and uvicorn close sockets as the pages describe."""
# ruff: noqa: ASYNC220

import asyncio
import contextlib
import select
import socket
import subprocess
import sys

import patience
import psutil
import pytest
from daphne.cli import CommandLineInterface
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.course import catalog
from workshop.services import network

pytestmark = pytest.mark.slow

APPLICATION = "chat_project.asgi:application"
DAY = 24 * 60 * 60
MIB = 2**20
CROWD = 300  # connections, more than daphne lets wait unless it is told to


@contextlib.asynccontextmanager
async def served(server, *options):
    """Serve checkpoint 03 and yield the process and its port."""
    port = network.free_port("127.0.0.1", 0)
    place = [option.format(port=port) for option in options]
    command = [sys.executable, "-m", server, *place, APPLICATION]
    with subprocess.Popen(
        command,
        cwd=catalog.find("03").folder,
        env=child_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            async with asyncio.timeout(patience.SECONDS):
                while not network.answers("127.0.0.1", port):
                    assert process.poll() is None
                    await asyncio.sleep(0.05)
            yield process, port
        finally:
            stop(process)


@contextlib.asynccontextmanager
async def client_of(server, *options):
    """Serve checkpoint 03 and yield a connected client."""
    option = "-p" if server == "daphne" else "--port"
    async with served(server, option, "{port}", *options) as (_, port):
        async with connect(f"ws://127.0.0.1:{port}/ws/chat/lobby/", proxy=None) as client:
            yield client


async def count_waiting(server, *options):
    """Return how many of CROWD connections the kernel holds while the server does nothing."""
    async with served(server, *options) as (process, port):
        psutil.Process(process.pid).suspend()
        sockets = [socket.socket() for _ in range(CROWD)]
        try:
            for one in sockets:
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            # On one machine, a connection succeeds at once, or is retried after a second.
            _, connected, _ = select.select([], sockets, [], 0)
            return len(connected)
        finally:
            for one in sockets:
                one.close()
            psutil.Process(process.pid).resume()


async def close_code(client):
    """Return the server's close code, or 1006 if it sends no close frame."""
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(patience.SECONDS):
            async for _ in client:
                pass
    return client.close_code


async def send(client, characters):
    with contextlib.suppress(ConnectionClosed):
        await client.send("x" * characters)


async def test_daphne_drops_a_message_above_1_mib_without_a_close_frame():
    async with client_of("daphne") as client:
        await send(client, 2 * MIB)
        assert await close_code(client) == 1006


async def test_uvicorn_closes_with_1009_for_a_message_above_16_mib():
    async with client_of("uvicorn") as client:
        await send(client, 17 * MIB)
        assert await close_code(client) == 1009


async def test_daphne_closes_a_socket_of_a_certain_age_with_1000():
    async with client_of("daphne", "--websocket_timeout", "1") as client:
        assert await close_code(client) == 1000


def test_that_age_is_24_hours_by_default():
    parser = CommandLineInterface().parser
    assert parser.get_default("websocket_timeout") == DAY


@pytest.mark.skipif(
    sys.platform != "linux", reason="other systems count waiting connections otherwise"
)
async def test_the_documented_daphne_lets_a_crowd_wait_and_the_default_one_only_50():
    page = (ROOT / "docs" / "deploying" / "servers.md").read_text(encoding="utf-8")
    command = next(line.split() for line in page.splitlines() if line.startswith("daphne -e "))
    endpoint = command[2].replace("port=8000", "port={port}")
    assert await count_waiting("daphne", "-p", "{port}") <= 51
    assert await count_waiting("daphne", "-e", endpoint) == CROWD
    assert await count_waiting("uvicorn", "--port", "{port}") == CROWD
