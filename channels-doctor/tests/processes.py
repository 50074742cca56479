"""Run a project's commands and servers, and wait for what they print."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from channels_doctor import probing

PATIENCE = 120  # seconds; reached only where something is wrong


def environment(**more):
    known = {"DJANGO_SETTINGS_MODULE": "chat_project.settings"}
    return probing.environment(PYTHONPATH="", **known, **more)


def run(folder, code, *, setup=True):
    """Return what Python prints when it runs `code` in the project in `folder`."""
    start = "import django\n\ndjango.setup()\n" if setup else ""
    done = subprocess.run(
        [sys.executable, "-B", "-X", "dev", "-c", start + code],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout + done.stderr


class Program:
    """A program that runs in a project's folder; `says` waits for what it prints."""

    def __init__(self, process, log):
        self.process, self.log = process, log

    @property
    def output(self):
        return self.log.read_text("utf-8", errors="replace")

    def says(self, text, times=1):
        """Wait until it has printed `text` so often, and return all that it printed."""
        until = time.monotonic() + PATIENCE
        while self.output.count(text) < times:
            ended = self.process.poll() is not None and self.output.count(text) < times
            assert not ended and time.monotonic() < until, self.output
            time.sleep(0.02)
        return self.output


@contextlib.contextmanager
def program(folder, *arguments, **variables):
    """Start Python with `arguments` in `folder`; end it when the block does."""
    with tempfile.TemporaryDirectory(prefix="doctor-tests-") as place:
        log = Path(place, "log")
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-B", *arguments],
                cwd=folder,
                env=environment(**variables),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Program(process, log)
        finally:
            process.kill()
            process.wait(timeout=PATIENCE)


def daphne(folder, port, *options):
    """Start daphne for the project in `folder`."""
    application = "chat_project.asgi:application"
    return program(folder, "-m", "daphne", "-p", str(port), *options, application)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


HANDSHAKE = (
    "GET /ws/chat/lobby/ HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    "Sec-WebSocket-Version: 13\r\nOrigin: http://localhost:{port}\r\n\r\n"
)


def knocked(port):
    """Return a connection that has asked for a WebSocket, and waits for the answer."""
    connection = reached(port)
    connection.sendall(HANDSHAKE.format(port=port).encode())
    return connection


def reached(port):
    """Return a connection to the server at `port`, as soon as it listens."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE)
        except OSError:
            assert time.monotonic() < until, "the server does not listen"
            time.sleep(0.02)


def browser():
    """Return the path of a Chromium on this machine, or ""."""
    import shutil

    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, names)), "")
