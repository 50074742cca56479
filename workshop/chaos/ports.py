"""Ports for servers that go away and come back."""

import random

from workshop import network
from workshop.errors import WorkshopError

LOWEST, HIGHEST = 20_000, 32_000  # below those that systems give to outgoing connections
TRIES = 50


def lasting_port() -> int:
    """Return a free port that no outgoing connection takes while its server is down.

    On a port from the system's own range, a client that keeps trying would once connect to itself,
    and the server could not come back.
    """
    for _ in range(TRIES):
        port = random.randint(LOWEST, HIGHEST)
        if not network.answers("127.0.0.1", port):
            return network.free_port("127.0.0.1", port)
    raise WorkshopError("No free port was found between 20000 and 32000.")
