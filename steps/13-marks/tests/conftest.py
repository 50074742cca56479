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
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
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
    return {"type": "message", "client_id": str(uuid.uuid4()), "message": message}


async def next_message(next_frame):
    """Return the next message that arrives, or the frame that came instead. Skip other frames."""
    frame = await next_frame()
    while frame.get("type") in ("welcome", "ack", "presence", "seen"):
        frame = await next_frame()
    messages = frame.get("messages")
    return messages[0] if isinstance(messages, list) and messages else frame


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

    async def is_closed(self):
        """Return the code that the consumer closes the socket with."""
        event = await self.next_event(f"{self.name}'s socket stays open")
        assert event["type"] == "websocket.close", f"{self.name} received {event}"
        return event.get("code", 1000)

    async def say(self, message, **more):
        self.talk.append(self.name)
        await self.send_json_to(frame_with(message) | more)

    async def hears(self, message):
        what = f"what {self.talk[-1]} sent"
        complaint = f"{self.name} did not receive {what}"
        frame = await next_message(lambda: self.next_frame(complaint))
        heard = frame.get("message", frame)
        assert heard == message, f"{self.name} received {heard!r} instead of {what}: {message!r}"
        return frame

    async def is_told_what_is_wrong(self):
        complaint = f"{self.name} sent a bad frame and got no answer"
        frame = await next_message(lambda: self.next_frame(complaint))
        answer = frame.get("type") == "error" and frame.get("detail")
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
def room(django_db_setup):
    """The name of a public room that no other test uses."""
    return make_room(f"room-{uuid.uuid4().hex}")


def make_room(name, **fields):
    """Make sure that a room exists, and return its name."""
    apps.get_model("chat_app", "Room").objects.get_or_create(name=name, defaults=fields)
    return name


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
def django_db_setup(django_test_environment, django_db_blocker, tmp_path_factory):
    """A database in a file, which this test, its consumers and the servers can all use."""
    path = tmp_path_factory.mktemp("database") / "test.sqlite3"
    connection.settings_dict["TEST"]["NAME"] = path
    # Nobody needs these data after a crash, so no test has to wait for the disk.
    connection.settings_dict["OPTIONS"]["init_command"] = "PRAGMA synchronous = OFF"
    os.environ["TEST_DATABASE"] = str(path)
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
        yield
        teardown_databases(databases, verbosity=0)


@pytest.fixture(scope="session")
def cookies(django_db_setup):
    """The cookies in everybody's browser. All are logged in, except Stranger without an account."""
    return {**{name: log_in(name) for name in NAMES}, "Stranger": {}}


def log_in(name):
    """Create a user who is logged in, and return their browser's cookies."""
    client = Client()
    client.force_login(get_user_model().objects.create_user(name))
    return {key: morsel.value for key, morsel in client.cookies.items()}


@pytest.fixture
def client_of(db, cookies):
    """A browser without scripts, in which somebody is logged in."""

    def open_browser(name):
        client = Client()
        client.cookies.load(cookies[name])
        return client

    return open_browser


@pytest.fixture
def client(client_of):
    return client_of("Ann")


@pytest.fixture
async def visit(redis, settings, cookies):
    """Create a visitor who isn't connected yet. They leave when the test ends, even if it fails."""
    # Each test needs a new layer, because a layer can't outlive the event loop that used it.
    settings.CHANNEL_LAYERS = {**getattr(settings, "CHANNEL_LAYERS", {})}
    visitors, talk = [], []

    def visitor(room, origin=ORIGIN, name=None):
        name = name or NAMES[len(visitors)]
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

    async def open_socket(room, origin=ORIGIN, name=None):
        await database_sync_to_async(make_room)(room)
        visitor = visit(room, origin, name)
        assert await visitor.try_to_connect(), f"{visitor.name}'s socket was refused"
        return visitor

    return open_socket


@pytest.fixture(scope="session")
def serve(django_db_setup):
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
            command = [sys.executable, "tests/serve.py", "runserver", "--noreload", address]
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
