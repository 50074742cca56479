"""The finished app as a real process, with a database of its own."""

import os
import socket
import subprocess
import sys
import time
from urllib.request import urlopen

from workshop.course import ROOT

FINAL = ROOT / "final"
OF_THIS_MACHINE = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DEBUG", "ALLOWED_HOSTS")


class Site:
    """The chat's server: one process, its own SQLite file, and the address it keeps for life."""

    def __init__(self, folder, **environment):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.url = f"http://{self.address}"
        self.log = folder / "server.log"
        inherited = {name: text for name, text in os.environ.items() if name not in OF_THIS_MACHINE}
        self.environment = {
            **inherited,
            "SECRET_KEY": "only for the tests of the page, and as long as a real one",
            "HTTPS": "0",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": f"sqlite:///{folder / 'chat.sqlite3'}",
            "CHAT_GRACE_SECONDS": "0.5",
            **environment,
        }

    def manage(self, *arguments):
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=FINAL, env=self.environment, check=True, capture_output=True)

    def start(self):
        command = [sys.executable, "manage.py", "runserver", "--noreload", self.address]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=FINAL, env=self.environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 20
        while True:
            try:
                return urlopen(f"{self.url}/healthz", timeout=5).close()
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, "the server did not answer within 20 seconds"
                time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def fill(self, room, author, texts):
        """Store messages as if `author` had written them."""
        self.manage(
            "shell",
            "-c",
            "import uuid\n"
            "from django.contrib.auth import get_user_model\n"
            "from chat_app.messages import store\n"
            "from chat_app.models import Message, Room\n"
            f"room = Room.objects.get(name={room!r})\n"
            f"author = get_user_model().objects.get(username={author!r})\n"
            "store([Message(room=room, author=author, client_id=uuid.uuid4(), text=text)"
            f" for text in {texts!r}])\n",
        )
