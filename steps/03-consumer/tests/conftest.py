import asyncio
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from channels.testing import WebsocketCommunicator

from chat_project.asgi import application

PROJECT = Path(__file__).parent.parent


class Visitor(WebsocketCommunicator):
    """Someone with a socket to a room, in the test's own process."""

    async def say(self, message):
        await self.send_json_to({"message": message})

    async def hear(self):
        return await self.receive_json_from(timeout=5)

    async def receive_output(self, timeout=5):
        """As inherited, but an error in the consumer is raised at once, not after the timeout."""
        output = asyncio.create_task(self.output_queue.get())
        self.future.add_done_callback(lambda _: output.cancel())
        try:
            return await asyncio.wait_for(output, timeout)
        except asyncio.CancelledError:
            self.future.result()
            raise AssertionError("the consumer ended without an answer") from None


@pytest.fixture
def room():
    """A room name that no other test uses."""
    return f"room-{uuid.uuid4().hex}"


@pytest.fixture
async def enter(settings):
    """Open a socket to a room; close whatever was opened when the test ends, failed or not."""
    # A new layer for every test: one may not outlive the event loop that used it.
    settings.CHANNEL_LAYERS = {**settings.CHANNEL_LAYERS}
    visitors = []

    async def open_socket(room, origin=None):
        headers = [(b"origin", origin.encode())] if origin else []
        visitor = Visitor(application, f"/ws/chat/{room}/", headers)
        connected, code = await visitor.connect(timeout=5)
        assert connected, f"the socket was refused with code {code}"
        visitors.append(visitor)
        return visitor

    yield open_socket
    for visitor in visitors:
        await visitor.disconnect()


@pytest.fixture(scope="module")
def serve():
    """Start the project's server; return where it listens, such as "127.0.0.1:41234"."""
    servers = []

    def start():
        address = f"127.0.0.1:{free_port()}"
        command = [sys.executable, "manage.py", "runserver", "--noreload", address]
        servers.append(subprocess.Popen(command, cwd=PROJECT))
        wait_until_listening(servers[-1], address)
        return address

    yield start
    for server in servers:
        server.terminate()
        server.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_listening(server, address):
    host, port = address.split(":")
    deadline = time.monotonic() + 20
    while True:
        try:
            return socket.create_connection((host, port), timeout=1).close()
        except OSError:
            assert server.poll() is None, "the server stopped: see what it printed"
            assert time.monotonic() < deadline, "the server did not listen within 20 seconds"
            time.sleep(0.05)
