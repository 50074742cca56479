"""`workshop run` as a process that a test can watch and stop."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import patience
import psutil


class Served:
    """`workshop run` in its own process group, as in a terminal."""

    def __init__(self, root, environment, *arguments, cwd=None, **more):
        self.lines, self.children = [], []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workshop.cli", "run", "--port", "0", *arguments],
            cwd=cwd or root,
            env={**environment, "PYTHONPATH": str(root), **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.watchdog = threading.Timer(patience.SECONDS, self.kill)
        self.watchdog.start()

    def wait_for(self, pattern):
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError("".join(self.lines))

    def wait_until_it_runs(self):
        self.address = self.wait_for(r"runs at (http://\S+)")[1]
        self.port = int(self.address.rstrip("/").rpartition(":")[2])
        parent = psutil.Process(self.process.pid)
        self.children = parent.children(recursive=True)
        return self

    def status(self, path="/admin/login/", **headers):
        request = urllib.request.Request(self.address + path.lstrip("/"), headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=patience.SECONDS) as response:
                return response.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def end(self, number=signal.SIGINT, group=True):
        """Stop it like Ctrl-C does, and return all of its output."""
        (os.killpg if group else os.kill)(self.process.pid, number)
        rest = self.process.communicate(timeout=patience.SECONDS)[0]
        self.watchdog.cancel()
        return "".join(self.lines) + rest

    def kill(self):
        """Kill whatever is still running: an orphan would keep its pipe open forever."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def has_left_nothing(self):
        alive = [child for child in self.children if child.is_running()]
        with socket.create_server(("127.0.0.1", self.port)):
            return not [child for child in alive if child.status() != psutil.STATUS_ZOMBIE]


def kill(one):
    """Kill what a failed test has left of `one`."""
    one.watchdog.cancel()
    for child in one.children:  # a private Redis has a group of its own
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    one.kill()
    one.process.communicate(timeout=patience.SECONDS)
