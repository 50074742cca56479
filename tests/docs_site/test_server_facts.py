"""daphne and uvicorn close sockets in the way that the pages describe."""
# ruff: noqa: ASYNC220

import asyncio
import contextlib
import subprocess
import sys

import patience
import pytest
from daphne.cli import CommandLineInterface
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from workshop.base.environment import child_environment
from workshop.base.processes import stop
from workshop.course import catalog
from workshop.services import network

pytestmark = pytest.mark.slow

APPLICATION = "chat_project.asgi:application"
DAY = 24 * 60 * 60
MIB = 2**20


@contextlib.asynccontextmanager
async def client_of(server, *options):
    """Serve checkpoint 03; yield a client that is connected to it."""
    port = network.free_port("127.0.0.1", 0)
    option = "-p" if server == "daphne" else "--port"
    command = [sys.executable, "-m", server, option, str(port), *options, APPLICATION]
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
            async with connect(f"ws://127.0.0.1:{port}/ws/chat/lobby/", proxy=None) as client:
                yield client
        finally:
            stop(process)


async def close_code(client):
    """Return the code with which the server closes; 1006 where it sends no close frame."""
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
