"""The doctor's end of the conversation with a process that uses the project's layers."""

import json
import queue
import subprocess
import threading

from channels_doctor import probing
from channels_doctor.live.processes import OWN_GROUP, stop
from channels_doctor.project import DjangoProject


class Partner:
    """A probe that runs in parallel. Its messages arrive in `inbox`, marked with its name."""

    def __init__(
        self, name: str, project: DjangoProject, inbox: queue.Queue, variables: dict, **more
    ):
        self.name, self.inbox = name, inbox
        self.asked = probing.asked(project, name, **more)
        request, _ = self.asked.__enter__()
        self.process = subprocess.Popen(
            probing.command(project, request),
            env=probing.environment(**variables),
            cwd=project.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            errors="replace",
            **OWN_GROUP,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            self.inbox.put((self.name, message))
        self.inbox.put((self.name, None))

    def say(self, **message) -> None:
        """Send it a message, which is ignored if it has ended."""
        try:
            self.process.stdin.write(json.dumps(message) + "\n")
            self.process.stdin.flush()
        except OSError:
            pass

    def end(self) -> None:
        """Stop the process if it's still running, and remove its request file."""
        if self.process.poll() is None:
            stop(self.process)
        self.reader.join(timeout=2)
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except OSError:
                pass
        self.asked.__exit__(None, None, None)
