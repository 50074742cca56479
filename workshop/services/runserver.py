"""A project's own `manage.py runserver` as a child process."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from workshop.base.processes import Terminated, are_visible, group_options, stop, undisturbed
from workshop.services import network

PATIENCE = 15  # after this many silent seconds, we explain what's happening


@contextlib.contextmanager
def runserver(
    folder: Path, address: str, environment: dict[str, str]
) -> Iterator[subprocess.Popen]:
    """Yield the project's own server, and stop it when the block ends."""
    interrupted = False
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", address],
        cwd=folder,
        env=environment,
        **group_options(),
    )
    try:
        yield server
    except KeyboardInterrupt as error:
        interrupted = not isinstance(error, Terminated)
        raise
    finally:
        with undisturbed():
            stop(server, interrupted)


def wait_until_it_listens(
    server: subprocess.Popen, host: str, port: int, say: Callable[[str], None]
) -> bool:
    """Return whether `server` is listening on `port`, or False if it has exited.

    Raises WorkshopError if another program took the port first.
    """
    explain_at = time.monotonic() + PATIENCE
    while server.poll() is None:
        taken = network.answers(host, port)  # first: it may be our server by then
        if _listens(server.pid, port):
            return True
        if taken and not are_visible():
            return server.poll() is None
        if taken:
            raise network.busy(port)
        if explain_at and time.monotonic() > explain_at:
            explain_at = 0
            say("The server isn't running yet: see above. It tries again when you save.")
        time.sleep(0.1)
    if network.answers(host, port):
        raise network.busy(port)
    return False


def _listens(pid: int, port: int) -> bool:
    with contextlib.suppress(psutil.Error):
        parent = psutil.Process(pid)
        for member in [parent, *parent.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                for connection in member.net_connections("tcp"):
                    if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                        return True
    return False
