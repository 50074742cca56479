"""Shared fixtures: a real Redis, the three channel layers, people, and sockets that close."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator
from django.contrib.auth import get_user_model
from django.contrib.contenttypes.management import create_contenttypes
from django.db.models.signals import post_migrate
from django.test import Client
from redis import Redis

from accounts import limits as account_limits
from chat_app import background, hub, leases, limits, presence, read_marks, throttles
from chat_app.entrance import entrance
from chat_app.models import Membership, Message, Room
from chat_project.asgi import application
from tests import patience

LAYERS = {
    "memory": "channels.layers.InMemoryChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
    "core": "channels_redis.core.RedisChannelLayer",
}
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what):
    deadline = time.monotonic() + patience.SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    """A private server that stops after the tests. Without redis-server, the one at REDIS_URL."""
    named = os.environ.get("REDIS_SERVER", "redis-server")
    program = shutil.which(named) or shutil.which("valkey-server")
    if not program and os.environ.get("REDIS_URL"):
        # Presence has no prefix, so each worker gets its own database.
        given, worker = os.environ["REDIS_URL"], os.environ.get("PYTEST_XDIST_WORKER", "gw")[2:]
        yield urlsplit(given)._replace(path=f"/{worker}").geturl() if worker else given
        return
    if not program:
        reason = "No Redis: install redis-server, or set REDIS_URL to a running one."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    port = free_port()
    server = start_redis(program, port, tmp_path_factory.mktemp("redis"))
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


def start_redis(program, port, folder):
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(command, stdout=log)
    with Redis(port=port) as client:
        wait_for(lambda: answers(client), "an answer from redis-server")
    return server


@pytest.fixture(scope="session")
def postgres():
    """A private server that stops after the tests."""
    from tests.postgres import Postgres, find_programs

    if find_programs() is None:
        reason = "No PostgreSQL: install Debian's package postgresql."
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # its server doesn't run as root
        server = Postgres(Path(folder) / "data")
        server.start()
        yield server
        server.stop()


@pytest.fixture
def own_redis(tmp_path):
    """A Redis server for one test, which can start it late, stop it and silence it."""
    server = OwnRedis(tmp_path)
    if not server.program:
        pytest.skip("No Redis: install redis-server.")
    yield server
    server.stop()


class OwnRedis:
    def __init__(self, folder):
        self.program = shutil.which("redis-server") or shutil.which("valkey-server")
        self.port, self.folder, self.process = free_port(), folder, None
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        self.process = start_redis(self.program, self.port, self.folder)

    def silence(self):
        self.process.send_signal(signal.SIGSTOP)

    def wake(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process:
            self.wake()
            self.process.terminate()
            self.process.wait()


def answers(client):
    try:
        return client.ping()
    except OSError:
        return False
    except Exception as error:
        assert "onnect" in str(error), error
        return False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """Don't recreate permissions after a test flushes tables: no test needs them."""
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")


@pytest.fixture(autouse=True)
def fresh(settings, transactional_db, monkeypatch):
    """Start each test with an empty database, and with no limits or presence."""
    monkeypatch.setattr(read_marks, "STORE_MARKS_SECONDS", 0.01)  # the test waits for it at the end
    monkeypatch.setattr(read_marks, "BATCH_SECONDS", 0.01)
    monkeypatch.setattr(presence, "BATCH_SECONDS", 0.02)
    settings.CHAT = {**settings.CHAT, "GRACE_SECONDS": 0}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": LAYERS["memory"]}}
    settings.REDIS_URL = ""
    yield
    throttled = [throttles.rooms, throttles.signups, throttles.logins, throttles.messages]
    throttled += [account_limits.mail, account_limits.mailboxes, account_limits.requests]
    forms = [throttle.buckets for throttle in throttled]
    entrances = (hub.hubs, entrance.waiting, background.faults)
    for state in (limits.users, leases.rooms, *entrances, *forms):
        state.clear()


def use_redis(settings, url, backend):
    settings.REDIS_URL = url
    host = {"address": url, "socket_timeout": None}
    config = {"hosts": [host], "prefix": f"test-{uuid.uuid4().hex}"}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": LAYERS[backend], "CONFIG": config}}
    with Redis.from_url(url) as client:
        client.delete(*client.keys("presence:*"), "presence:none")


@pytest.fixture(params=["memory", "pubsub", pytest.param("core", marks=pytest.mark.slow)])
async def layer(request, settings):
    """Run the test on every channel layer."""
    if request.param != "memory":
        use_redis(settings, request.getfixturevalue("redis_url"), request.param)
    yield request.param
    await get_channel_layer().flush()


@pytest.fixture
def ann():
    return get_user_model().objects.create_user("ann", password="a fine password")


@pytest.fixture
def bob():
    return get_user_model().objects.create_user("bob", password="a fine password")


@pytest.fixture
def room(ann):
    return Room.objects.create(name="lobby", owner=ann)


@pytest.fixture
def secret(ann):
    """A private room whose only member is its owner."""
    room = Room.objects.create(name="secret", owner=ann, private=True)
    Membership.objects.create(room=room, user=ann)
    return room


def log_in(user):
    client = Client()
    client.force_login(user, MODEL_BACKEND)
    return client


class Visitor(WebsocketCommunicator):
    """A person with a socket to a room, in the test's process."""

    async def tell(self, kind, **fields):
        await self.send_json_to({"type": kind, **fields})

    async def say(self, text, client_id=None):
        client_id = str(client_id or uuid.uuid4())
        await self.tell("message", client_id=client_id, message=text)
        return client_id

    async def next(self):
        """Return the next frame. Errors in the consumer are raised at once."""
        output = asyncio.ensure_future(self.output_queue.get())
        await asyncio.wait(
            [output, self.future], timeout=patience.SECONDS, return_when="FIRST_COMPLETED"
        )
        if not output.done():
            output.cancel()
            self.future.done() and self.future.result()
            raise AssertionError("nothing came")
        event = output.result()
        return json.loads(event["text"]) if "text" in event else event

    async def until(self, kind):
        """Return all frames up to the first one of this type."""
        frames = [await self.next()]
        while frames[-1]["type"] != kind:
            frames.append(await self.next())
        return frames

    async def hear(self, kind):
        return (await self.until(kind))[-1]

    async def closed(self):
        return (await self.hear("websocket.close"))["code"]

    async def texts(self, count):
        """Return the texts of the next `count` messages, however many frames they come in."""
        texts = []
        while len(texts) < count:
            texts += [m["message"] for m in (await self.hear("messages"))["messages"]]
        return texts

    async def fence(self):
        """Return all frames sent up to now."""
        await self.tell("sync", after=2**62)
        return (await self.until("synced"))[:-1]


@pytest.fixture
async def connect(monkeypatch):
    """Open sockets to the whole application, as a browser does, and close them after the test."""
    visitors = []

    async def open_socket(
        user, room="lobby", origin="http://localhost", welcome=True, client=None, tab=""
    ):
        headers = [(b"host", b"localhost"), (b"origin", origin.encode())]
        if user or client:
            client = client or await database_sync_to_async(log_in)(user)
            cookie = client.cookies["sessionid"].value
            headers.append((b"cookie", f"sessionid={cookie}".encode()))
        visitor = Visitor(application, f"/ws/chat/{room}/?tab={tab}", headers)
        visitors.append(visitor)
        visitor.accepted, _ = await visitor.connect(timeout=patience.SECONDS)
        if welcome:
            visitor.welcome = await visitor.hear("welcome")
        return visitor

    yield open_socket
    monkeypatch.setattr(presence, "BATCH_SECONDS", 0)  # nobody reads the departure
    for visitor in visitors:
        if not visitor.future.done():
            await visitor.disconnect(timeout=patience.SECONDS)
    await finish(background.tasks)
    await get_channel_layer().flush()
    if redis := leases.clients.pop(asyncio.get_running_loop(), None):
        await redis.aclose()


async def finish(tasks):
    """Wait for tasks that end on their own, and cancel the others."""
    if tasks:
        _, endless = await asyncio.wait(list(tasks), timeout=0.5)
        for task in endless:
            task.cancel()
        await asyncio.wait([*endless, asyncio.ensure_future(asyncio.sleep(0.01))])


async def until_called(delayed_call):
    """Wait for the scheduled call, if there is one."""
    if delayed_call.task:
        await delayed_call.task


@pytest.fixture
def stored():
    """Read from the database in an async test."""

    @database_sync_to_async
    def rows(**conditions):
        messages = Message.objects.filter(**conditions).order_by("room", "seq")
        return list(messages.values_list("seq", "author__username", "text"))

    return rows


@pytest.fixture(scope="session", params=["daphne", pytest.param("uvicorn", marks=pytest.mark.slow)])
def server(request, tmp_path_factory):
    """A running server of each kind, for tests that can't use a communicator."""
    from tests.server import Server

    running = Server(request.param, tmp_path_factory.mktemp(request.param)).start()
    yield running
    running.stop()


@pytest.fixture
async def oracle(server):
    """Check after bad input that there's no traceback and that others can still chat."""
    written = len(server.log())
    bystander = server.user()
    async with bystander.connect() as socket:
        await socket.recv()
        yield
        client_id = str(uuid.uuid4())
        frame = {"type": "message", "client_id": client_id, "message": "still here"}
        await socket.send(json.dumps(frame))
        while (
            json.loads(await asyncio.wait_for(socket.recv(), patience.SECONDS)).get("type")
            != "messages"
        ):
            pass
    server.forget_users()
    # uvicorn logs a traceback for bytes that aren't UTF-8.
    news = re.sub(r"Invalid UTF-8(.|\n)*?UnicodeDecodeError", "", server.log()[written:])
    news = re.sub(r".* WARNING chat_app\.background: .*", "", news)  # errors that the app handled
    assert "Traceback" not in news and "Exception" not in news, news
