"""The chaos client does the same as the page, against a simulated server."""

import asyncio
import json
import random

import pytest
from websockets.asyncio.server import serve

from bench.chaos import chat_client
from bench.chaos.chat_client import ChatClient

WELCOME = {"type": "welcome", "head": 0, "here": ["ann"], "you": "ann"}


class PlayedServer:
    """Passes each of the client's frames to the test, and sends what the test wants."""

    def __init__(self):
        self.frames = asyncio.Queue()
        self.sockets = asyncio.Queue()

    async def handle(self, socket):
        self.sockets.put_nowait(socket)
        async for text in socket:
            self.frames.put_nowait(json.loads(text))

    async def next_frame(self, kind):
        """Return the client's next frame, but skip read marks."""
        while True:
            frame = await asyncio.wait_for(self.frames.get(), 10)
            if frame["type"] == kind:
                return frame

    async def next_socket(self):
        return await asyncio.wait_for(self.sockets.get(), 10)


@pytest.fixture
def little_patience(monkeypatch):
    monkeypatch.setattr(chat_client, "PATIENCE", 0.2)


@pytest.fixture
async def server():
    played = PlayedServer()
    async with serve(played.handle, "127.0.0.1", 0) as listening:
        played.port = listening.sockets[0].getsockname()[1]
        yield played


@pytest.fixture
async def ann(server):
    url = f"ws://127.0.0.1:{server.port}/ws/chat/lobby/"
    client = ChatClient("ann", "lobby", [url], "", random.Random(1), first_wait=0.01)
    client.changed = asyncio.Event()
    client.on_event = lambda client, kind, frame: client.changed.set()
    task = asyncio.create_task(client.run())
    yield client
    task.cancel()


async def send(socket, **frame):
    await socket.send(json.dumps(frame))


async def welcome(server, **fields):
    socket = await server.next_socket()
    await send(socket, **(WELCOME | fields))
    return socket


async def until(client, condition):
    async with asyncio.timeout(10):
        while not condition():
            client.changed.clear()
            await client.changed.wait()


def message(seq, author="bob", **fields):
    fields = {"client_id": f"id-{seq}", "message": f"text {seq}"} | fields
    return {"seq": seq, "author": author, **fields}


async def test_every_connection_of_a_tab_carries_the_same_tab_id(server, ann):
    first = await welcome(server)
    await first.close()
    second = await welcome(server)
    assert first.request.path == second.request.path
    assert ann.tab in second.request.path


async def test_messages_are_sent_one_at_a_time(server, ann):
    socket = await welcome(server)
    await until(ann, lambda: ann.is_connected)
    await ann.send_message("one")
    await ann.send_message("two")
    frame = await server.next_frame("message")
    assert frame["message"] == "one" and server.frames.empty()
    await send(socket, type="ack", client_id=frame["client_id"], seq=1)
    assert (await server.next_frame("message"))["message"] == "two"


async def test_an_unacknowledged_message_is_sent_again_after_a_reconnect(server, ann):
    socket = await welcome(server)
    await until(ann, lambda: ann.is_connected)
    await ann.send_message("one")
    first = await server.next_frame("message")
    await socket.close()
    await welcome(server)
    assert await server.next_frame("message") == first


async def test_ones_own_displayed_message_needs_no_ack(server, ann):
    socket = await welcome(server)
    await until(ann, lambda: ann.is_connected)
    await ann.send_message("one", "id-1")
    await send(socket, type="messages", messages=[message(1, "ann", message="one")])
    await until(ann, lambda: not ann.outbox)
    assert ann.acked == {"id-1": 1}


async def test_a_gap_is_filled_by_sync_before_later_messages_are_shown(server, ann):
    socket = await welcome(server)
    await send(socket, type="messages", messages=[message(1), message(3)])
    assert (await server.next_frame("sync"))["after"] == 1
    assert ann.shown == [(1, "text 1")]
    synced = [message(2), message(3)]
    await send(socket, type="synced", messages=synced, upto=3, more=False)
    await until(ann, lambda: ann.last == 3)
    assert [seq for seq, _ in ann.shown] == [1, 2, 3]


async def test_only_one_sync_is_in_flight(server, ann):
    socket = await welcome(server, head=5)
    await server.next_frame("sync")
    await send(socket, type="behind", head=9)
    await send(socket, type="synced", messages=[message(1)], upto=1, more=True)
    assert (await server.next_frame("sync"))["after"] == 1
    assert server.frames.empty()


async def test_an_unresponsive_connection_is_given_up(little_patience, server, ann):
    await server.next_socket()  # which gets no welcome
    await server.next_socket()
    assert ann.attempts >= 2


async def test_frames_that_arrive_extend_the_patience(server, ann):
    socket = await welcome(server, head=5)
    await server.next_frame("sync")
    before = ann.timeout.when()
    await send(socket, type="presence", users={"bob": True})
    await until(ann, lambda: "bob" in ann.here)
    assert ann.timeout.when() > before


@pytest.mark.parametrize("code", chat_client.FINAL_CLOSE_CODES)
async def test_a_final_close_code_ends_the_client(server, ann, code):
    socket = await welcome(server)
    await socket.close(code)
    await until(ann, lambda: ann.is_finished)
    assert ann.close_code == code and server.sockets.empty()


async def test_changes_are_applied_to_what_is_shown(server, ann):
    socket = await welcome(server)
    items = [
        message(1),
        message(2),
        {"seq": 3, "author": "bob", "client_id": "id-3", "edits": 1, "message": "edited"},
        {"seq": 4, "author": "bob", "client_id": "id-4", "deletes": 2},
        {"seq": 5, "author": "bob", "client_id": "id-5", "edits": 2, "message": ""},
    ]
    await send(socket, type="messages", messages=items)
    await until(ann, lambda: ann.last == 5)
    assert ann.shown == [(1, "edited"), (2, "")]
    assert ann.changes == [(3, 1), (4, 2), (5, 2)]


async def test_a_change_waits_for_its_turn_in_the_outbox(server, ann):
    socket = await welcome(server)
    await until(ann, lambda: ann.is_connected)
    await ann.send_message("one", "id-1")
    await ann.put_in_outbox(chat_client.Draft("two", "edit", 1), "id-2")
    await ann.put_in_outbox(chat_client.Draft("", "delete", 1), "id-3")
    frame = await server.next_frame("message")
    await send(socket, type="ack", client_id="id-1", seq=1)
    frame = await server.next_frame("edit")
    assert frame == {"type": "edit", "client_id": "id-2", "seq": 1, "message": "two"}
    await send(socket, type="ack", client_id="id-2", seq=2)
    frame = await server.next_frame("delete")
    assert frame == {"type": "delete", "client_id": "id-3", "seq": 1}
