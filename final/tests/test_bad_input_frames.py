"""Bad input on an open socket: rows 16 to 52 of the table, on daphne and uvicorn."""

import asyncio
import json
import sqlite3
import time
import uuid
from collections import Counter
from contextlib import closing as closed_after

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from tests import patience
from tests.test_frames import RIGHT_TEXTS, WRONG, WRONG_TEXTS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("oracle")]


async def next_frame(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), patience.SECONDS))


async def hear(socket, kind):
    while (frame := await next_frame(socket))["type"] != kind:
        pass
    return frame


def message(text, client_id=None, **extra):
    client_id = str(client_id or uuid.uuid4())
    return json.dumps({"type": "message", "client_id": client_id, "message": text, **extra})


SOONER_THAN_A_HEARTBEAT = 15  # seconds: the first one comes after 20


async def closing(socket):
    """Read to the end. Returns the close code, and how many frames of each type came."""
    kinds = {}
    try:
        while True:
            kind = (await next_frame(socket))["type"]
            kinds[kind] = kinds.get(kind, 0) + 1
    except ConnectionClosed:
        return socket.close_code, kinds


@pytest.mark.parametrize(("frame", "code"), WRONG.values(), ids=WRONG.keys())
async def test_an_invalid_frame_gets_its_error_and_the_socket_stays_open(server, frame, code):
    user, rows = server.user(), server.rows()
    async with user.connect() as socket:
        await socket.send(frame)
        assert (await hear(socket, "error"))["code"] == code
        assert server.rows() == rows
        await socket.send(message("still here"))
        assert (await hear(socket, "ack"))["seq"] == 1


async def test_a_binary_frame_gets_its_error(server):
    async with server.user().connect() as socket:
        await socket.send(b"\x00")
        assert (await hear(socket, "error"))["code"] == "text_only"


@pytest.mark.parametrize(("text", "code"), WRONG_TEXTS.values(), ids=WRONG_TEXTS.keys())
async def test_an_invalid_text_gets_its_error(server, text, code):
    rows = server.rows()
    async with server.user().connect() as socket:
        await socket.send(message(text))
        assert (await hear(socket, "error"))["code"] == code
        assert server.rows() == rows


@pytest.mark.parametrize("text", RIGHT_TEXTS.values(), ids=RIGHT_TEXTS.keys())
async def test_unusual_texts_are_stored_unchanged_and_never_logged(server, text):
    async with server.user().connect() as socket:
        await socket.send(message(text))
        [heard] = (await hear(socket, "messages"))["messages"]
        assert heard["message"] == text
        assert server.rows(text=text) >= 1
    assert text not in server.log() and "forged" not in server.log()


async def test_unknown_keys_from_a_client_are_ignored(server):
    user = server.user()
    async with user.connect() as socket:
        await socket.send(message("mine", author="root", seq=9, is_staff=True))
        [heard] = (await hear(socket, "messages"))["messages"]
        assert (heard["author"], heard["seq"]) == (user.name, 1)


@pytest.mark.parametrize("path", ["/chat/%0d%0aERROR%20forged/", "/?x=%0d%0aERROR%20forged"])
async def test_no_path_can_forge_a_log_line(server, path):
    server.user().http.get(path)
    assert not [line for line in server.log().splitlines() if line.startswith("ERROR")]


# Daphne lets an app close only with 1000, or 3000 and above. If a client breaks the protocol, it
# drops the connection without a close code (1006). uvicorn uses the standard codes.
async def test_a_frame_of_more_than_64_kib_is_too_big(server):
    async with server.user().connect() as socket:
        await socket.send("x" * 65_537)
        code, _ = await closing(socket)
        assert code == (4413 if server.kind == "daphne" else 1009)


async def test_two_mebibytes_in_tiny_fragments_take_little_memory(server):
    before, user = server.memory(), server.user()
    async with user.connect(ping_interval=None, close_timeout=1) as socket:
        await hear(socket, "welcome")
        ending = asyncio.create_task(closing(socket))
        socket.transport.write(Frame(Opcode.TEXT, b"x", fin=False).serialize(mask=True))
        tiny = Frame(Opcode.CONT, b"x", fin=False).serialize(mask=True) * 1024
        for _ in range(2048):
            if socket.transport.is_closing() or ending.done():
                break
            socket.transport.write(tiny)
            await asyncio.sleep(0.001)
        code, _ = await asyncio.wait_for(ending, patience.SECONDS)
    assert code in ((1006,) if server.kind == "daphne" else (1006, 1009))
    assert server.memory() - before < 20


async def test_invalid_utf8_closes_the_socket_as_a_protocol_error(server):
    async with server.user().connect() as socket:
        await hear(socket, "welcome")
        socket.transport.write(Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True))
        code, _ = await closing(socket)
        assert code == (1006 if server.kind == "daphne" else 1007)


async def test_the_same_client_id_is_one_message(server):
    one, client_id = server.user(), uuid.uuid4()
    other = server.user(one.room)
    async with one.connect() as mine, other.connect() as theirs:
        for text in ("text", "text"):
            await mine.send(message(text, client_id))
            assert (await hear(mine, "ack"))["seq"] == 1
        await mine.send(message("another text", client_id))
        assert (await hear(mine, "error"))["code"] == "client_id_reused"
        assert server.rows(client_id=client_id.hex) == 1
        await theirs.send(message("text", client_id))
        assert (await hear(theirs, "ack"))["seq"] == 2


async def test_a_sync_beyond_the_head_is_empty(server):
    async with server.user().connect() as socket:
        await socket.send('{"type":"sync","after":1000000}')
        synced = await hear(socket, "synced")
        assert (synced["messages"], synced["more"]) == ([], False)


async def test_a_removed_members_socket_is_closed(server):
    owner, member = server.user(), server.user()
    made = owner.post("/", {"name": "private", "private": "on"})
    name = made.headers["location"].rstrip("/").rpartition("/")[2]
    owner.post(f"/chat/{name}/members/", {"username": member.name})
    async with member.connect(name) as socket:
        await hear(socket, "welcome")
        owner.post(f"/chat/{name}/members/", {"remove": member.name})
        async with asyncio.timeout(SOONER_THAN_A_HEARTBEAT):
            assert (await closing(socket))[0] == 4403


async def test_a_logout_or_a_new_password_closes_the_socket(server):
    for url in ("/accounts/logout/", "/accounts/password/"):
        user = server.user()
        form = {"old_password": "a fine password", "new_password1": "another fine one"}
        async with user.connect() as socket:
            await hear(socket, "welcome")
            response = user.post(url, {**form, "new_password2": "another fine one"})
            assert response.status_code == 302
            async with asyncio.timeout(SOONER_THAN_A_HEARTBEAT):
                assert (await closing(socket))[0] == 4401


async def test_200_messages_in_a_second_are_slowed_and_then_closed(server):
    async with server.user().connect() as socket:
        await hear(socket, "welcome")
        for number in range(200):
            await socket.send(message(str(number)))
        kinds = Counter()
        while kinds["error"] < 180 or kinds["ack"] < 10:
            frame = await next_frame(socket)
            assert frame["type"] != "error" or frame["code"] == "rate_limited"
            kinds[frame["type"]] += 1
        for number in range(200):
            await socket.send(message(str(number)))
        code, kinds = await closing(socket)
        assert code == 4429 and kinds.get("ack", 0) < 10


async def test_1000_typing_frames_are_relayed_once_a_second(server):
    one = server.user()
    async with one.connect() as typer, server.user(one.room).connect() as other:
        await hear(other, "welcome")
        began = time.monotonic()
        for _ in range(1000):
            await typer.send('{"type":"typing"}')
        await typer.send('{"type":"sync","after":0}')
        await hear(typer, "synced")
        seconds = time.monotonic() - began
        await typer.send(message("the end"))
        heard = 0
        while (frame := await next_frame(other))["type"] != "messages":
            heard += frame["type"] == "typing"
        assert 1 <= heard <= 1 + seconds


async def test_10000_seen_frames_cost_little(server):
    before = server.memory()
    async with server.user().connect() as socket:
        await hear(socket, "welcome")
        for number in range(10_000):
            await socket.send(f'{{"type":"seen","seq":{number}}}')
        await socket.send('{"type":"sync","after":0}')
        await hear(socket, "synced")
    assert server.memory() - before < 20


async def test_a_client_that_requests_a_lot_and_reads_nothing_costs_little(server):
    one = server.user()
    fill(server, one.room, ["\N{GRINNING FACE}" * 4000] * 200)
    async with (
        one.connect(ping_interval=None, close_timeout=1) as reader,
        server.user(one.room).connect() as other,
    ):
        for socket in (reader, other):
            await hear(socket, "welcome")
        before = server.memory()
        reader.transport.pause_reading()
        for _ in range(20):
            await reader.send('{"type":"sync","after":0}')
        await reader.send(message("all requests have arrived"))
        await hear(other, "messages")
        assert server.memory() - before < 20
        reader.transport.abort()


def fill(server, room, texts):
    """Store messages from the room's owner without announcing them."""
    with closed_after(sqlite3.connect(server.database, timeout=10)) as database, database:
        query = "select id, owner_id from chat_app_room where name = ?"
        room_id, author_id = database.execute(query, [room]).fetchone()
        rows = [
            (room_id, seq, author_id, uuid.uuid4().hex, text, "2026-01-01 12:00:00")
            for seq, text in enumerate(texts, start=1)
        ]
        columns = "room_id, seq, author_id, client_id, text, at"
        insert = f"insert into chat_app_message ({columns}) values (?, ?, ?, ?, ?, ?)"
        database.executemany(insert, rows)
        database.execute("update chat_app_room set head = ? where id = ?", [len(rows), room_id])
