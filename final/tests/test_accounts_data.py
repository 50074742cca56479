"""Exporting data and deleting an account, on real servers with real sockets."""

import asyncio
import json
import sqlite3
import uuid
from contextlib import closing

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests import patience
from tests.server import PASSWORD

MEGABYTES = 60
TEXT = "x" * 4_000


async def say(socket, text):
    """Send a message, and return its number once it's stored."""
    client_id = str(uuid.uuid4())
    await socket.send(json.dumps({"type": "message", "client_id": client_id, "message": text}))
    return (await hear(socket, "ack"))["seq"]


async def hear(socket, kind):
    frame = {}
    while frame.get("type") != kind:
        frame = json.loads(await asyncio.wait_for(socket.recv(), patience.SECONDS))
    return frame


async def close_code(socket):
    with pytest.raises(ConnectionClosed) as end:
        while True:
            await asyncio.wait_for(socket.recv(), patience.SECONDS)
    return end.value.rcvd.code


def query(server, statement, *values):
    with closing(sqlite3.connect(server.database)) as database, database:
        return database.execute(statement, values).fetchall()


def user_id(server, user):
    return query(server, "select id from chat_app_user where username = ?", user.name)[0][0]


def data_of(user):
    response = user.http.get("/accounts/data/")
    assert response.headers["content-disposition"] == 'attachment; filename="chat-data.json"'
    return response.json()


def delete(user, password=PASSWORD):
    return user.post("/accounts/delete/", {"password": password})


@pytest.fixture
def people(server):
    yield server.user(), server.user()
    server.forget_users()


@pytest.mark.slow
async def test_the_export_has_all_of_the_users_data_and_nothing_else(server, people):
    ann, bob = people
    assert ann.post("/accounts/", {"name": f"Ann {ann.name[5:]} X"}).status_code == 302
    async with ann.connect() as hers, bob.connect(ann.room) as his:
        number = await say(hers, "my ünique words\n\u2028")
        await say(his, "words of somebody else")
        await say(his, "more words")
        client_id = str(uuid.uuid4())
        edit = {"type": "edit", "seq": number, "client_id": client_id, "message": "better words"}
        await hers.send(json.dumps(edit))
        await hear(hers, "ack")
        gone = await say(hers, "words to forget")
        await hers.send(json.dumps({"type": "delete", "seq": gone, "client_id": str(uuid.uuid4())}))
        await hear(hers, "ack")
        await hers.send(json.dumps({"type": "seen", "seq": 3}))
        await hear(his, "seen")
    data = data_of(ann)
    assert data["account"]["username"] == ann.name
    assert data["account"]["display_name"] == f"Ann {ann.name[5:]} X"
    assert data["account"].keys() == {"username", "display_name", "email", "joined", "last_login"}
    [room] = data["rooms"]
    read = room.pop("read_up_to")
    assert room == {"name": ann.room, "private": False, "owner": True} and read >= 3
    first, second = data["messages"]
    assert (first["room"], first["number"], first["text"]) == (ann.room, number, "better words")
    assert (first["edited"], first["deleted"]) == (True, False)
    assert (second["text"], second["deleted"]) == ("", True)
    assert "somebody else" not in json.dumps(data)


def test_an_export_of_many_messages_is_complete(server, people):
    ann, bob = people
    fill(server, ann, 450, "short")
    fill(server, bob, 450, "not hers")
    messages = data_of(ann)["messages"]
    assert [message["number"] for message in messages] == list(range(1, 451))
    assert {message["text"] for message in messages} == {"short"}


def fill(server, user, count, text):
    """Store messages from a user in their room, all at once."""
    [[room]] = query(server, "select id from chat_app_room where name = ?", user.room)
    author = user_id(server, user)
    rows = [(room, seq, author, uuid.uuid4().hex, text) for seq in range(1, count + 1)]
    with closing(sqlite3.connect(server.database)) as database, database:
        database.executemany(
            "insert into chat_app_message (room_id, seq, author_id, client_id, text, at)"
            " values (?, ?, ?, ?, ?, '2026-11-30 12:00:00.000000')",
            rows,
        )
        database.execute("update chat_app_room set head = ? where id = ?", (count, room))


@pytest.mark.slow
@pytest.mark.parametrize("server", ["uvicorn"], indirect=True)
def test_a_large_export_takes_little_memory(server, people):
    """This only works on servers that wait for slow readers. Daphne keeps everything in memory."""
    ann, _ = people
    fill(server, ann, MEGABYTES * 250, TEXT)
    data_of(people[1])  # don't measure what the first download loads
    before = server.most_memory()
    size = 0
    with ann.http.stream("GET", "/accounts/data/") as response:
        for part in response.iter_raw():
            size += len(part)
    assert size > MEGABYTES * 1_000_000
    assert server.most_memory() - before < MEGABYTES / 3


def test_an_export_needs_a_login_and_is_rate_limited(server, people):
    ann, _ = people
    assert httpx.get(f"http://{server.address}/accounts/data/").status_code == 302
    statuses = [ann.http.get("/accounts/data/").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


async def test_deleting_an_account_leaves_only_its_messages(server, people):
    ann, bob = people
    former = user_id(server, ann)
    ann.post("/accounts/", {"name": f"Ann {ann.name[5:]}"})
    async with (
        ann.connect() as hers,
        ann.connect(bob.room) as elsewhere,
        bob.connect(ann.room) as his,
    ):
        await say(hers, "I was here")
        assert delete(ann, "wrong").status_code == 200
        await say(hers, "and still am")
        response = delete(ann)
        assert response.headers["location"] == "/accounts/deleted/"
        assert await close_code(hers) == await close_code(elsewhere) == 4401
        await his.send(json.dumps({"type": "sync", "after": 0}))
        messages = (await hear(his, "synced"))["messages"]
    assert [message["message"] for message in messages] == ["I was here", "and still am"]
    assert [message["author"] for message in messages] == [None, None]
    assert "name" not in messages[0]
    page = bob.http.get(f"/chat/{ann.room}/").text
    assert "Deleted account" in page and ann.name[5:] not in page
    for table in ("chat_app_membership", "accounts_displayname"):
        assert query(server, f"select count(*) from {table} where user_id = ?", former) == [(0,)]
    assert ann.http.get("/accounts/").status_code == 302
    login = {"username": ann.name, "password": PASSWORD}
    assert ann.post("/accounts/login/", login).status_code == 200


async def test_private_rooms_get_a_new_owner_or_are_deleted(server, people):
    ann, bob = people
    for room in ("shared", "lonely"):
        response = ann.post("/", {"name": f"{room}-{ann.name}", "private": "on"})
        name = response.headers["location"].split("/")[2]
        async with ann.connect(name) as socket:
            await say(socket, f"said in {room}")
        if room == "shared":
            shared = name
            ann.post(f"/chat/{shared}/members/", {"username": bob.name})
        else:
            lonely = name
    page = ann.http.get("/accounts/delete/").text
    assert lonely in page and shared not in page
    assert delete(ann).status_code == 302
    assert bob.http.get(f"/chat/{shared}/members/").status_code == 200
    assert "said in shared" in bob.http.get(f"/chat/{shared}/").text
    rooms = query(server, "select name from chat_app_room where name in (?, ?)", lonely, shared)
    assert rooms == [(shared,)]
    assert query(server, "select text from chat_app_message where text = 'said in lonely'") == []
