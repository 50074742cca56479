"""One of the app's server processes, on Daphne or uvicorn, with its database and users."""

import os
import re
import socket
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path

import httpx
import websockets

from tests import patience
from tests.conftest import free_port, wait_for

PROJECT = Path(__file__).parent.parent
PASSWORD = "a fine password"
APPLICATION = "chat_project.asgi:application"
ENDPOINT = "tcp:port={port}:interface=127.0.0.1:backlog=2048"
COMMANDS = {
    "daphne": f"-m daphne -e {ENDPOINT} --websocket-max-message-size 131072 {APPLICATION}",
    "uvicorn": f"-m uvicorn --port {{port}} --ws-max-size 65536 {APPLICATION}",
}


class Server:
    def __init__(self, kind, folder, **environment):
        self.kind, self.port, self.folder = kind, free_port(), folder
        self.address = f"127.0.0.1:{self.port}"
        self.database, self.log_path = folder / "chat.sqlite3", folder / f"{self.port}.log"
        self.users = []
        self.environment = {
            "DATABASE_URL": f"sqlite:///{self.database}",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "PYTHONDONTWRITEBYTECODE": "1",
            "CHAT_SIGNUP_BURST": "1000000",  # all users in a test run share one address
            "CHAT_LOGIN_BURST": "1000000",
            "CHAT_MAIL_BURST": "1000000",
            **environment,
        }

    def start(self):
        self.run("manage.py", "migrate", "-v0").wait()
        self.process = self.run(*COMMANDS[self.kind].format(port=self.port).split())
        try:
            wait_for(self.listens, f"the start of {self.kind}")
        except BaseException:
            self.stop()
            raise
        return self

    def run(self, *arguments):
        with open(self.log_path, "a") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=PROJECT,
                env={**self.inherited(), **self.environment},
                stdout=log,
                stderr=log,
            )

    def inherited(self):
        return {name: text for name, text in os.environ.items() if name != "REDIS_URL"}

    def listens(self):
        assert self.process.poll() is None, self.log()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=patience.SECONDS)

    def log(self):
        return self.log_path.read_text()

    def rows(self, **conditions):
        where = " and ".join(f"{name} = ?" for name in conditions) or "1"
        with closing(sqlite3.connect(self.database)) as database:
            query = f"select count(*) from chat_app_message where {where}"
            return database.execute(query, list(conditions.values())).fetchone()[0]

    def memory(self, field="VmRSS"):
        """Return the resident memory in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024

    def most_memory(self):
        """Return the most memory it has ever used, in MiB."""
        return self.memory("VmHWM")

    def user(self, room=None):
        self.users.append(User(self, room))
        return self.users[-1]

    def forget_users(self):
        while self.users:
            self.users.pop().http.close()

    def raw(self, request):
        """Send bytes and return the first line of the response."""
        with socket.create_connection(
            ("127.0.0.1", self.port), timeout=patience.SECONDS
        ) as connection:
            connection.sendall(request)
            return connection.makefile("rb").readline().decode("latin-1").strip()


class User:
    """A signed-up user with a browser's cookies and their own room."""

    def __init__(self, server, room=None):
        self.server, self.name = server, f"user-{uuid.uuid4().hex[:12]}"
        self.http = httpx.Client(base_url=f"http://{server.address}", timeout=patience.SECONDS)
        form = {"username": self.name, "password1": PASSWORD, "password2": PASSWORD}
        response = self.post("/accounts/signup/", form)
        assert response.status_code == 302, response.text
        self.room = room or f"room-{uuid.uuid4().hex[:12]}"
        if not room:
            assert self.post("/", {"name": self.room}).status_code == 302

    def post(self, url, form, token=True, **options):
        if token:
            self.http.cookies.get("csrftoken") or self.http.get("/accounts/login/")
            form = {**form, "csrfmiddlewaretoken": self.http.cookies.get("csrftoken")}
        return self.http.post(url, data=form, **options)

    def headers(self):
        return {"Cookie": f"sessionid={self.http.cookies['sessionid']}"}

    def connect(self, room=None, origin=None, headers=None, **options):
        return websockets.connect(
            f"ws://{self.server.address}/ws/chat/{room or self.room}/",
            origin=origin or f"http://{self.server.address}",
            additional_headers=self.headers() if headers is None else headers,
            max_size=None,
            **options,
        )
