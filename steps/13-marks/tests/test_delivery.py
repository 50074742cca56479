import asyncio
import json
import subprocess
import sys
import uuid

import browsing
import conftest
import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect, message_of, says_that_it_is_connected
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from conftest import PROJECT, frame_with, free_port, next_message, wait_until_listening
from django.apps import apps

BAD_MESSAGES = {
    "no text": 5,
    "blank": "  ",
    "too long": "a" * 1001,
    "half a character": "\ud800",
}
BAD_FRAMES = {
    "a message without a client_id": {"type": "message", "message": "hello"},
    "a client_id that is not a UUID": {"type": "message", "client_id": "7", "message": "hello"},
    "a client_id that is a number": {"type": "message", "client_id": 7, "message": "hello"},
    "no type": {"client_id": str(uuid.uuid4()), "message": "hello"},
}


@database_sync_to_async
def stored_in(room):
    rows = apps.get_model("chat_app", "Message").objects.filter(room__name=room).order_by("seq")
    return list(rows.values_list("seq", "text"))


async def next_of(visitor, kind):
    """Return the next frame of this type that a visitor gets, or the error that came instead."""
    complaint = f"{visitor.name} did not receive a frame of the type {kind!r}"

    async def skip_others():
        while True:
            frame = await visitor.next_frame(complaint)
            if frame.get("type") in (kind, "error"):
                return frame

    return await in_time(skip_others(), complaint)


async def in_time(work, complaint):
    """Await something that might never end, such as skipping frames, with a time limit."""
    try:
        return await asyncio.wait_for(work, 2 * conftest.PATIENCE)
    except TimeoutError:
        pytest.fail(complaint)


async def is_acknowledged(visitor, client_id):
    """Return the number with which the message with this id was acknowledged."""
    frame = await next_of(visitor, "ack")
    says = f"{visitor.name} sent {client_id} and received {frame}"
    assert frame["type"] == "ack" and frame.get("client_id") == client_id, f"{says}, not its ack"
    return frame["seq"]


async def test_the_author_is_told_that_a_message_is_stored(enter, room):
    ann = await enter(room)
    for number in (1, 2):
        frame = frame_with(f"number {number}")
        await ann.send_json_to(frame)
        seq = await is_acknowledged(ann, frame["client_id"])
        stored = await stored_in(room)
        assert stored[-1] == (seq, f"number {number}"), (
            f"the ack says {seq}, but {stored} is stored"
        )


async def test_a_message_that_is_sent_again_is_stored_once_and_acknowledged_again(enter, room):
    frame = frame_with("once")
    phone, laptop = await enter(room, name="Ann"), await enter(room, name="Ann")
    seqs = []
    for visitor in (phone, phone, laptop):
        await visitor.send_json_to(frame)
        seqs.append(await is_acknowledged(visitor, frame["client_id"]))
    assert await stored_in(room) == [(1, "once")], "a message that is sent again is stored twice"
    assert seqs == [1, 1, 1], f"the same message was acknowledged as number {seqs}"


async def test_what_two_sockets_send_at_the_same_moment_is_stored_once(enter, room):
    frame = frame_with("once")
    sockets = [await enter(room, name="Ann") for _ in range(4)]
    await asyncio.gather(*[socket.send_json_to(frame) for socket in sockets])
    seqs = [await is_acknowledged(socket, frame["client_id"]) for socket in sockets]
    assert seqs == [1, 1, 1, 1], f"the same message was acknowledged as number {seqs}"
    assert await stored_in(room) == [(1, "once")], (
        "a message that four sockets send is stored twice"
    )


async def test_a_client_id_is_for_one_message(enter, room):
    ann, frame = await enter(room), frame_with("one text")
    await ann.send_json_to(frame)
    await is_acknowledged(ann, frame["client_id"])
    await ann.send_json_to({**frame, "message": "another text"})
    answer = await next_of(ann, "ack")
    assert answer["type"] == "error", f"another text with a used id was answered with {answer}"
    assert answer.get("ref") == frame["client_id"], f"the error says {answer}, without its ref"
    assert await stored_in(room) == [(1, "one text")], "another text with a used id is stored"


async def test_two_authors_may_use_the_same_id(enter, room):
    ann, bob, frame = await enter(room), await enter(room), frame_with("hello")
    await ann.send_json_to(frame)
    assert await is_acknowledged(ann, frame["client_id"]) == 1
    await bob.send_json_to(frame)
    assert await is_acknowledged(bob, frame["client_id"]) == 2, "Bob's message was taken for Ann's"


async def test_the_ack_comes_although_the_layer_fails(enter, room, monkeypatch):
    async def no_group_send(group, event):
        raise ConnectionError("Redis is down")

    ann, frame = await enter(room), frame_with("stored anyway")
    monkeypatch.setattr(get_channel_layer(), "group_send", no_group_send)
    await ann.send_json_to(frame)
    assert await is_acknowledged(ann, frame["client_id"]) == 1
    assert await stored_in(room) == [(1, "stored anyway")]


@pytest.mark.parametrize("message", BAD_MESSAGES.values(), ids=BAD_MESSAGES)
async def test_an_error_says_which_message_it_is_about(enter, room, message):
    ann, frame = await enter(room), frame_with(message)
    await ann.send_to(text_data=json.dumps(frame))
    answer = await next_of(ann, "error")
    assert answer.get("ref") == frame["client_id"], f"a bad message was answered with {answer}"


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
async def test_a_frame_without_what_it_needs_is_answered_in_words(enter, room, frame):
    ann = await enter(room)
    await ann.send_json_to(frame)
    await ann.is_told_what_is_wrong()
    await ann.say("still here")
    await ann.hears("still here")


async def test_a_message_carries_the_id_that_its_author_has_given_it(enter, room):
    ann, bob, frame = await enter(room), await enter(room), frame_with("hello")
    await ann.send_json_to(frame)
    message = await next_message(lambda: bob.next_frame("Bob did not receive what Ann sent"))
    assert message.get("client_id") == frame["client_id"], f"Bob received {message}"


class Network:
    """Sits between a page and the server. It can go down, and it can lose frames."""

    def __init__(self):
        self.is_up = True
        self.sockets = []
        self.welcomed = asyncio.Event()
        self.loses = lambda frame: False  # whether a frame from the server gets lost

    async def stand_between(self, socket):
        self.sockets.append(socket)
        if not self.is_up:
            await socket.close()
            return
        server = socket.connect_to_server()

        def pass_on(text):
            frame = json.loads(text)
            if not self.loses(frame):
                socket.send(text)
            if frame["type"] == "welcome":
                self.welcomed.set()

        server.on_message(pass_on)

    async def go_down(self):
        self.is_up = False
        await self.sockets[-1].close()

    async def come_back(self, page):
        self.is_up = True
        await page.clock.fast_forward(60_000)  # the page waits before it tries again
        await says_that_it_is_connected(page, "the page does not reconnect")


async def open_through(network, page, url):
    await page.route_web_socket("**/ws/**", network.stand_between)
    await page.clock.install()
    await page.goto(url)
    await says_that_it_is_connected(page)
    await happens(network.welcomed, "the page got no welcome")


async def happens(event, complaint):
    try:
        await asyncio.wait_for(event.wait(), browsing.PATIENCE)
    except TimeoutError:
        pytest.fail(complaint)


async def write(page, text):
    await message_of(page).fill(text)
    await message_of(page).press("Enter")


async def shows_once(page, text, complaint):
    stored = page.get_by_role("log").get_by_text(text)
    await expect(stored, complaint).to_be_visible()
    await expect(page.get_by_text(text), f"{text!r} is shown twice").to_have_count(1)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_written_offline_is_sent_in_order(open_page, site, room):
    page, network = await open_page("Bob"), Network()
    await open_through(network, page, f"{site}/chat/{room}/")
    await network.go_down()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    for text in ("first of all", "and then", "at last"):
        await write(page, text)
        complaint = "the page does not show what was written offline"
        await expect(page.get_by_text(text), complaint).to_be_visible()
    await network.come_back(page)
    for text in ("first of all", "and then", "at last"):
        await shows_once(page, text, "what was written offline is never sent")
    texts = [text for _, text in await stored_in(room)]
    assert texts == ["first of all", "and then", "at last"], f"the database contains {texts}"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_message_whose_ack_is_lost_is_sent_again_and_shown_once(open_page, site, room):
    page, network = await open_page("Bob"), Network()
    await open_through(network, page, f"{site}/chat/{room}/")
    acknowledged = asyncio.Event()

    def lose(frame):
        if frame["type"] == "ack":
            acknowledged.set()
        return True

    network.loses = lose
    await write(page, "did it arrive")
    await expect(page.get_by_text("did it arrive"), "Enter does not send").to_be_visible()
    await happens(acknowledged, "what the page sent was never acknowledged")
    network.loses = lambda frame: False
    await network.go_down()
    await network.come_back(page)
    await write(page, "the next one")
    await shows_once(page, "the next one", "after a lost ack, nothing more is sent")
    complaint = "after a lost ack, the page does not show the message once"
    await expect(page.get_by_text("did it arrive"), complaint).to_have_count(1)
    texts = [text for _, text in await stored_in(room)]
    assert texts == ["did it arrive", "the next one"], f"the database contains {texts}"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_server_that_is_killed_while_two_people_write_loses_and_doubles_nothing(
    open_page, redis, room
):
    address = f"127.0.0.1:{free_port()}"

    def start():
        command = [sys.executable, "tests/serve.py", "runserver", "--noreload", address]
        server = subprocess.Popen(command, cwd=PROJECT)
        wait_until_listening(server, address)
        return server

    server = start()
    try:
        pages = [await open_page("Ann"), await open_page("Bob")]
        for page in pages:
            await open_through(Network(), page, f"http://{address}/chat/{room}/")
        written = []
        for number in range(12):
            if number == 4:
                server.kill()
                server.wait()
            written.append(f"number {number}.")
            await write(pages[number % 2], written[-1])
            if number == 8:
                server = start()
        for page in pages:
            await page.clock.fast_forward(60_000)
        for number, page in enumerate(pages, len(written)):
            written.append(f"number {number}.")
            await write(page, written[-1])
            await shows_once(page, written[-1], "after the server was killed, nothing is sent")
        for page in pages:
            for text in written:
                await expect(page.get_by_text(text), f"{text!r} is lost").to_have_count(1)
        texts = sorted(text for _, text in await stored_in(room))
        assert texts == sorted(written), f"the database contains {texts}"
    finally:
        server.kill()
        server.wait()
