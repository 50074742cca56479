"""The finished app as a real process with a private database."""

import os
import subprocess
import sys
import time
from urllib.request import urlopen

import patience

from workshop.base.paths import ROOT
from workshop.services.network import free_port

FINAL = ROOT / "final"
OF_THIS_MACHINE = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DEBUG", "ALLOWED_HOSTS")


class Site:
    """The chat's server: one process, a private SQLite file and a fixed address."""

    def __init__(self, folder, **environment):
        self.address = f"127.0.0.1:{free_port()}"
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
            "CHAT_SIGNUP_BURST": "1000000",  # everybody here has the same address
            "CHAT_LOGIN_BURST": "1000000",
            "CHAT_MAIL_BURST": "1000000",
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
        deadline = time.monotonic() + patience.SECONDS
        while True:
            try:
                return urlopen(f"{self.url}/healthz", timeout=5).close()
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def fill(self, room, author, texts):
        """Store messages as if `author` had written them."""
        self.store(room, [(author, text, None) for text in texts])

    def store(self, room, *batches):
        """Store batches of (author, text, number of the edited message or None)."""
        self.manage(
            "shell",
            "-c",
            "import uuid\n"
            "from django.contrib.auth import get_user_model\n"
            "from chat_app.messages import store\n"
            "from chat_app.models import Message, Room\n"
            f"room = Room.objects.get(name={room!r})\n"
            "authors = {user.username: user for user in get_user_model().objects.all()}\n"
            "def make(author, text, target):\n"
            "    kind = Message.Kind.EDIT if target else Message.Kind.MESSAGE\n"
            "    return Message(room=room, author=authors[author], client_id=uuid.uuid4(),"
            " text=text, kind=kind, target=target)\n"
            f"for batch in {batches!r}:\n"
            "    store([make(*fields) for fields in batch])\n",
        )
