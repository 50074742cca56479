import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent


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
