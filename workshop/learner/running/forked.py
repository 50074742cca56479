"""Run Python scripts in forks of a process that has already imported most modules.

Standard library only, and nothing from the workshop, because the process of a check uses this too.
The other end is `fork_server.py`.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

SERVER = Path(__file__).with_name("fork_server.py")
IS_POSSIBLE = sys.platform == "linux"  # other systems don't support forks without an exec


class Forked:
    """A process forked by the server, with the Popen methods that we need."""

    def __init__(self, words: list[str], pid: int, server: socket.socket):
        self.args, self.pid, self.returncode = words, pid, None
        self._server = server

    def poll(self) -> int | None:
        return self._read(socket.MSG_DONTWAIT)

    def wait(self) -> int:
        return self._read(0)

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _read(self, flags: int) -> int | None:
        if self.returncode is None:
            try:
                said = self._server.recv(100, flags)
            except BlockingIOError:
                return None
            self.returncode = int(said) if said else -signal.SIGKILL  # its server was killed
            self._server.close()
        return self.returncode


class Forks:
    """A connection to the fork server, which reads from the socket `channel`."""

    def __init__(self, channel: socket.socket, server: subprocess.Popen | None = None):
        self.channel, self._server, self._was_asked = channel, server, False

    @classmethod
    def start(cls, environment: dict[str, str]) -> "Forks | None":
        """Start a server. Returns None if that's impossible."""
        if not IS_POSSIBLE:
            return None
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            server = subprocess.Popen(
                [sys.executable, str(SERVER)],
                env=environment,
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for its clients, which stop what they started
            )
        return cls(ours, server)

    def prepare(self) -> None:
        """Do nothing, because the server can fork at any time."""

    def stop(self) -> None:
        """Stop the server and all its forks."""
        with contextlib.suppress(OSError):  # the server is gone
            self.channel.shutdown(socket.SHUT_RDWR)  # its forks may keep the channel open
        self.channel.close()
        if not self._was_asked:
            self._server.kill()  # it still imports
        self._server.wait()

    def run(
        self,
        words: list[str],
        folder: str,
        environment: dict[str, str],
        log: str | None = None,
        hand_on: bool = False,
    ) -> Forked | None:
        """Run a script, with its arguments in `words`, in `folder`.

        It prints to the file `log`, or to this process's output. With `hand_on`, the script can
        use forks itself: its global variable FORKS contains the channel's descriptor. Returns None
        if the script has to be started in the usual way, because the server is gone or because a
        module in `folder` has the same name as one that the server has imported.
        """
        self._was_asked = True
        order = {"words": words, "folder": folder, "environment": environment}
        with contextlib.ExitStack() as stack:
            output = [1, 2]
            if log:
                output = [stack.enter_context(open(log, "ab")).fileno()] * 2
            descriptors = [*output, self.channel.fileno()] if hand_on else output
            return self._forked(order, descriptors)

    def _forked(self, order: dict, descriptors: list[int]) -> Forked | None:
        ours, theirs = socket.socketpair()
        said = b""
        try:
            with theirs:
                data = json.dumps(order).encode()
                socket.send_fds(self.channel, [data], [theirs.fileno(), *descriptors])
            while byte := ours.recv(1).strip():
                said += byte
        except OSError:
            said = b""
        if said:
            return Forked(order["words"], int(said), ours)
        ours.close()
        return None
