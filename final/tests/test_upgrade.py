"""A database from before the custom user model can be upgraded without losing anything.

The files in former_version/ are dumps of such databases, created by that version of the app with
the admin on. They contain two people, a public and a private room, and one of ann's sessions.
"""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import websockets

from tests.server import PASSWORD, PROJECT, Server

pytestmark = pytest.mark.slow

DUMPS = Path(__file__).parent / "former_version"
SESSION = "formersessionofann0123456789abcd"
REPORT = f"""
import json
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import check_password  # the user's method may store a new hash
from chat_app.models import Membership, Message, Room
ann, bob = get_user_model().objects.order_by("pk")
print(json.dumps({{
    "table": ann._meta.db_table,
    "names": [ann.username, bob.username],
    "plain": [ann.plain_username, bob.plain_username],
    "password": check_password({PASSWORD!r}, ann.password),
    "groups": [group.name for group in ann.groups.all()],
    "permissions": [ann.has_perm("chat_app.change_user"), bob.has_perm("chat_app.view_user")],
    "rooms": list(Room.objects.values_list("name", "private", "owner__username", "head")),
    "memberships": sorted(Membership.objects.values_list("room__name", "user__username", "seen")),
    "messages": list(Message.objects.order_by("room__name", "seq").values_list(
        "room__name", "seq", "author__username", "text", "kind", "edited", "deleted")),
}}))
"""
EXPECTED = {
    "table": "chat_app_user",
    "names": ["ann", "bob"],
    "plain": ["ann", "bob"],
    "password": True,
    "groups": ["moderators"],
    "permissions": [True, True],
    "rooms": [["lobby", False, "ann", 2], ["secret", True, "bob", 1]],
    "memberships": [
        ["lobby", "ann", 2],
        ["lobby", "bob", 1],
        ["secret", "ann", 0],
        ["secret", "bob", 1],
    ],
    "messages": [
        ["lobby", 1, "ann", "hello", "message", False, False],
        ["lobby", 2, "bob", "hello, ann", "message", False, False],
        ["secret", 1, "bob", "just between us", "message", False, False],
    ],
}


def restore_sqlite(folder):
    path = folder / "chat.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.executescript((DUMPS / "sqlite.sql").read_text())
    return f"sqlite:///{path}"


def restore_postgres(postgres, name):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = postgres.url.removesuffix("postgres") + name
    with psycopg.connect(url) as connection:
        connection.execute((DUMPS / "postgres.sql").read_text())
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def former_database(request, tmp_path):
    if request.param == "sqlite":
        return restore_sqlite(tmp_path)
    name = f"former_{'admin' if request.node.callspec.params['admin'] == '1' else 'plain'}"
    return restore_postgres(request.getfixturevalue("postgres"), name)


@pytest.mark.parametrize("admin", ["0", "1"], ids=["without admin", "with admin"])
async def test_a_database_from_the_former_version_can_be_migrated(former_database, tmp_path, admin):
    server = Server("uvicorn", tmp_path, DATABASE_URL=former_database, ENABLE_ADMIN=admin)
    assert server.run("manage.py", "migrate", "-v0").wait() == 0, server.log()
    assert report(server) == EXPECTED
    server.start()
    try:
        await chat_on(server)
        newcomer = server.user("lobby")
        assert newcomer.http.get("/chat/lobby/").status_code == 200
    finally:
        server.forget_users()
        server.stop()


def report(server):
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", REPORT],
        cwd=PROJECT,
        env={
            **server.inherited(),
            **server.environment,
            "DJANGO_SETTINGS_MODULE": "chat_project.settings",  # it uses that version's hasher
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


async def chat_on(server):
    """Let ann, who logged in with the former version, edit an old message."""
    url = f"ws://{server.address}/ws/chat/lobby/"
    cookie = {"Cookie": f"sessionid={SESSION}"}
    origin = f"http://{server.address}"
    async with websockets.connect(url, origin=origin, additional_headers=cookie) as socket:
        welcome = json.loads(await socket.recv())
        assert (welcome["you"], welcome["head"], welcome["seen"]) == ("ann", 2, 2)
        frame = {"type": "edit", "seq": 1, "message": "hello again"}
        frame["client_id"] = "12345678-1234-4234-8234-000000000001"
        await socket.send(json.dumps(frame))
        while (answer := json.loads(await socket.recv()))["type"] not in ("ack", "error"):
            pass
        assert answer["seq"] == 3
