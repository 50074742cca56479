import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from channels.testing import WebsocketCommunicator
from redis import Redis
from redis.exceptions import RedisError

from chat_project.asgi import application

PROJECT = Path(__file__).parent.parent
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
PATIENCE = 5  # seconds until an answer counts as lost
ORIGIN = "http://localhost:8000"  # of the page that a visitor's browser shows
NAMES = ["Ann", "Bob", "Cem", "Dora"]


def frame_with(message):
    """Return the frame that a client sends to say something."""
    return {"message": message}


async def next_message(next_frame):
    """Return the next message that arrives. Every frame is either a message or an error."""
    return await next_frame()


def header_of(cookies):
    """Return the header that a browser with these cookies sends."""
    pairs = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"Cookie": pairs} if pairs else {}


class Visitor(WebsocketCommunicator):
    """Someone with a socket to a room, in the test's own process."""

    def __init__(self, name, room, talk, headers):
        super().__init__(application, "/", headers)
        self.scope["path"] = f"/ws/chat/{room}/"
        self.name, self.talk = name, talk

    async def try_to_connect(self):
        """Try to connect; return whether the consumer accepts."""
        await self.send_input({"type": "websocket.connect"})
        answer = await self.next_event(f"{self.name}'s socket was neither accepted nor refused")
        assert answer["type"] != "websocket.send", (
            f"the consumer sent {self.name} something before accept()"
        )
        return answer["type"] == "websocket.accept"

    async def say(self, message):
        self.talk.append(self.name)
        await self.send_json_to(frame_with(message))

    async def hears(self, message):
        what = f"what {self.talk[-1]} sent"
        complaint = f"{self.name} did not receive {what}"
        frame = await next_message(lambda: self.next_frame(complaint))
        heard = frame.get("message", frame)
        assert heard == message, f"{self.name} received {heard!r} instead of {what}: {message!r}"
        return frame

    async def is_told_what_is_wrong(self):
        frame = await self.next_frame(f"{self.name} sent a bad frame and got no answer")
        answer = frame.get("error")
        says = f'{self.name} sent a bad frame and got {frame!r}, not an "error" with a text'
        assert isinstance(answer, str) and " " in answer, says

    async def leave(self):
        await self.disconnect(timeout=PATIENCE)

    async def next_frame(self, complaint):
        event = await self.next_event(complaint)
        assert event["type"] != "websocket.close", f"{self.name}'s socket was closed"
        try:
            frame = json.loads(event["text"])
        except (KeyError, TypeError, ValueError):
            frame = None
        assert isinstance(frame, dict), f"{self.name} received {event}, which is not a JSON object"
        return frame

    async def next_event(self, complaint):
        """Return the next event that the consumer sends. If it fails, raise its error at once."""
        event = asyncio.create_task(self.output_queue.get())
        await asyncio.wait(
            [event, self.future], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED
        )
        await asyncio.sleep(0)  # an event that came with the consumer's end is taken first
        if event.done():
            return event.result()
        event.cancel()
        if self.future.done():
            self.future.result()
            pytest.fail(f"{complaint}: the consumer has ended")
        pytest.fail(f"{complaint} within {PATIENCE:g} s")


@pytest.fixture
def room():
    """A room name that no other test uses."""
    return f"room-{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def redis():
    """The Redis server at REDIS_URL. Without it, the test is skipped, or fails if CI is set."""
    try:
        with Redis.from_url(REDIS_URL) as client:
            client.ping()
    except RedisError as error:
        reason = f"Redis is unreachable: start redis-server, or set REDIS_URL. ({error})"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@pytest.fixture(scope="session")
def cookies():
    """The cookies in everybody's browser. Nobody has to log in yet."""
    return {name: {} for name in NAMES}


@pytest.fixture
async def visit(redis, settings, cookies):
    """Create a visitor who isn't connected yet. They leave when the test ends, even if it fails."""
    # Each test needs a new layer, because a layer can't outlive the event loop that used it.
    settings.CHANNEL_LAYERS = {**getattr(settings, "CHANNEL_LAYERS", {})}
    visitors, talk = [], []

    def visitor(room, origin=ORIGIN):
        name = NAMES[len(visitors)]
        headers = {"Origin": origin, **header_of(cookies[name])}
        encoded = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
        visitors.append(Visitor(name, room, talk, encoded))
        return visitors[-1]

    yield visitor
    for one in visitors:
        with contextlib.suppress(Exception):  # another test is about leaving
            await one.leave()


@pytest.fixture
def enter(visit):
    """Open a socket to a room."""

    async def open_socket(room, origin=ORIGIN):
        visitor = visit(room, origin)
        assert await visitor.try_to_connect(), f"{visitor.name}'s socket was refused"
        return visitor

    return open_socket


@pytest.fixture(scope="session")
def serve():
    """Return the addresses of this many servers of the project, such as ["127.0.0.1:41234"].

    Servers that aren't running yet are all started at once, and later tests use them too.
    """
    running = {}

    def start(count):
        ended = [address for address, server in running.items() if server.poll() is not None]
        for address in ended:
            del running[address]
        while len(running) < count:
            address = f"127.0.0.1:{free_port()}"
            command = [sys.executable, "manage.py", "runserver", "--noreload", address]
            if address not in running:
                running[address] = subprocess.Popen(command, cwd=PROJECT)
        for address, server in running.items():
            wait_until_listening(server, address)
        return list(running)[:count]

    yield start
    for server in running.values():
        server.terminate()
    for server in running.values():
        server.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_listening(server, address):
    host, port = address.split(":")
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection((host, port), timeout=1).close()
        except OSError:
            assert server.poll() is None, "the server stopped: see what it printed"
            assert time.monotonic() < deadline, "the server did not listen within 60 seconds"
            time.sleep(0.05)
