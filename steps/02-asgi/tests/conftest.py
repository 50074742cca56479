import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent


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
