"""Fixtures for the recipes' tests: a real server, a real Redis, and a WebSocket client."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

PATIENCE = 120  # seconds; a busy machine may need most of them
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")


class Project:
    """A recipe's project: run its management commands and serve it."""

    def __init__(self, folder):
        self.folder = folder
        self.address = None
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(folder),
            "REDIS_URL": REDIS_URL,
        }

    def manage(self, *words):
        """Run a management command and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "django", *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def user(self, name):
        """Make sure that a user exists; return a cookie header that is logged in as them."""
        return self.manage("shell", "-v0", "-c", LOG_IN.format(name=name)).strip()

    @contextlib.contextmanager
    def running(self, *words):
        """Run `python -m WORDS` next to the server while the block runs."""
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            end(process)

    @contextlib.contextmanager
    def served(self):
        """Serve the project on Daphne while the block runs."""
        port = free_port()
        words = ["daphne", "-p", str(port), "-v", "0", "asgi:application"]
        with self.running(*words) as process:
            wait_for_port(port, process)
            self.address = f"127.0.0.1:{port}"
            yield self

    def connect(self, path, **options):
        """Open a WebSocket as a page of this server would."""
        options.setdefault("origin", f"http://{self.address}")
        return connect(f"ws://{self.address}{path}", proxy=None, **options)

    def get(self, path, headers=None):
        """Return the status and the text of a page."""
        return self._asked(
            urllib.request.Request(f"http://{self.address}{path}", None, headers or {})
        )

    def post(self, path, body=b"", headers=None):
        """Post `body` and return the status and the text of the answer."""
        url = f"http://{self.address}{path}"
        return self._asked(urllib.request.Request(url, body, headers or {}, method="POST"))

    def _asked(self, request):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


def end(process):
    """Wait until a process that was asked to stop has stopped, and kill it if it doesn't.

    A synchronous consumer that still calls the channel layer waits for an event loop that has
    stopped already. Daphne waits for its thread, and never ends.
    """
    try:
        process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


LOG_IN = """
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
client = Client()
user, _ = get_user_model().objects.get_or_create(username="{name}")
client.force_login(user)
print(f"sessionid={{client.cookies[settings.SESSION_COOKIE_NAME].value}}")
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for_port(port, process):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stdout.read()
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
    raise AssertionError(f"nothing listens on port {port}")


async def hears(websocket):
    """Return the next frame, decoded."""
    return json.loads(await websocket.recv())


async def in_thread(function, *arguments):
    """Make a blocking call, such as an HTTP request, while the sockets are open."""
    return await asyncio.to_thread(function, *arguments)


@pytest.fixture
def project(request):
    """The recipe's project, with its tables made."""
    made = Project(Path(request.path).parent)
    made.manage("migrate", "-v0")
    return made


@pytest.fixture
def server(project):
    """The recipe's project, served."""
    with project.served():
        yield project
