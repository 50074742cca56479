import asyncio
import json
from contextlib import suppress
from urllib.parse import urlsplit

import browsing
import pytest
from browsing import *  # noqa: F403
from browsing import expect, message_of
from conftest import header_of
from test_delivery import in_time, next_of
from websockets.asyncio.client import connect

LONG = 60
PATIENCE = 10  # seconds until an answer counts as lost


def change_settings(settings, **values):
    """Change some of the settings in CHAT for one test."""
    settings.CHAT = {**getattr(settings, "CHAT", {}), **values}


@pytest.fixture
def leases(settings):
    """Make leases expire soon after their socket has closed, but not before."""
    change_settings(settings, BEAT_SECONDS=0.2, LEASE_SECONDS=LONG, GRACE_SECONDS=0.3)


@pytest.fixture
def short_leases(settings):
    """Make leases expire soon, unless they are renewed."""
    change_settings(settings, BEAT_SECONDS=0.1, LEASE_SECONDS=3, GRACE_SECONDS=0.3)


class SlowRedis:
    """Stands between the project and Redis, and keeps back the answers while it may not answer."""

    def __init__(self, url):
        self.url = urlsplit(url)
        self.may_answer = asyncio.Event()
        self.keeps_back = asyncio.Event()
        self.was_cut_off = asyncio.Event()
        self.connections = set()
        self.may_answer.set()

    async def serve(self, reader, writer):
        """Pass on the questions of one connection; note if it ends before it has the answer."""
        self.connections.add(asyncio.current_task())
        from_redis, to_redis = await asyncio.open_connection(self.url.hostname, self.url.port)
        unanswered = []
        answering = asyncio.create_task(self.answer(unanswered, from_redis, writer))
        try:
            with suppress(ConnectionError):
                while question := await reader.read(65536):
                    unanswered.append(question)
                    to_redis.write(question)
            if unanswered:
                self.was_cut_off.set()
        finally:
            to_redis.close()
            await answering

    async def answer(self, unanswered, from_redis, writer):
        """Pass on the answers of Redis on one connection."""
        with suppress(ConnectionError):
            while answer := await from_redis.read(65536):
                if not self.may_answer.is_set():
                    self.keeps_back.set()
                    await self.may_answer.wait()
                unanswered.clear()
                writer.write(answer)
            writer.close()
            await writer.wait_closed()


@pytest.fixture
async def slow_redis(redis, settings):
    """The Redis in which the project keeps its leases."""
    slow = SlowRedis(settings.REDIS_URL)
    server = await asyncio.start_server(slow.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings.REDIS_URL = f"redis://127.0.0.1:{port}{slow.url.path}"
    yield slow
    server.close()
    slow.may_answer.set()
    for connection in slow.connections:
        connection.cancel()
    await asyncio.gather(*slow.connections, return_exceptions=True)


async def is_welcomed(visitor):
    """Return the first frame that a visitor gets."""
    frame = await visitor.next_frame(f"{visitor.name} connected but got no welcome")
    assert frame.get("type") == "welcome", f"the first frame that {visitor.name} got is {frame}"
    return frame


async def sees(visitor, is_right, complaint):
    """Wait until a visitor is told that exactly these people are here, and return their names."""

    async def look():
        here = None
        while not (here and is_right(here)):
            here = (await next_of(visitor, "presence")).get("here")
        return here

    return await in_time(look(), complaint)


async def test_whoever_enters_is_told_who_is_here(enter, room):
    for names in (["Ann"], ["Ann", "Bob"], ["Ann", "Bob", "Cem"]):
        visitor = await enter(room)
        here = (await is_welcomed(visitor)).get("here")
        assert here == names, f"{visitor.name} was told that {here} are here, not {names}"


async def test_a_room_knows_only_its_own_people(enter, room):
    await is_welcomed(await enter(room))
    bob = await enter(f"{room}-2")
    here = (await is_welcomed(bob)).get("here")
    assert here == ["Bob"], f"Bob is alone in a room, but was told that {here} are here"


async def test_the_others_are_told_who_comes_and_who_leaves(enter, room, leases):
    ann, bob = await enter(room), await enter(room)
    await sees(ann, lambda here: "Bob" in here, "nobody announces who has come")
    await bob.leave()
    await sees(ann, lambda here: "Bob" not in here, "nobody announces who has left")


async def test_somebody_with_two_sockets_is_here_until_both_are_closed(enter, room, leases):
    ann = await enter(room, name="Ann")
    phone, laptop = await enter(room, name="Bob"), await enter(room, name="Bob")
    cem = await enter(room, name="Cem")
    await sees(ann, lambda here: "Cem" in here, "nobody announces who has come")
    await phone.leave()
    await cem.leave()
    here = await sees(ann, lambda here: "Cem" not in here, "nobody announces who has left")
    assert "Bob" in here, "one of Bob's two sockets was closed, but he counts as gone"
    await laptop.leave()
    await sees(ann, lambda here: "Bob" not in here, "nobody announces who has left")


async def test_a_page_that_is_loaded_again_is_never_gone(enter, room, settings):
    change_settings(settings, BEAT_SECONDS=0.1, LEASE_SECONDS=LONG, GRACE_SECONDS=LONG)
    ann, bob = await enter(room, name="Ann"), await enter(room, name="Bob")
    await sees(ann, lambda here: "Bob" in here, "nobody announces who has come")
    await bob.leave()
    for _ in range(3):
        frame = await next_of(ann, "presence")
        assert "Bob" in frame["here"], "Bob's page may come back in a moment, but he counts as gone"


async def test_somebody_whose_server_has_crashed_is_gone_when_the_lease_ends(
    enter, room, short_leases
):
    ann, bob = await enter(room), await enter(room)
    await sees(ann, lambda here: "Bob" in here, "nobody announces who has come")
    await bob.send_input({"type": "no.such.handler"})  # stops the consumer without disconnect()
    await sees(ann, lambda here: "Bob" not in here, "Bob is here forever")


async def test_a_lease_is_renewed_while_the_socket_is_open(enter, room, short_leases):
    ann = await enter(room, name="Ann")
    await is_welcomed(ann)
    await asyncio.wait([ann.future], timeout=3.5)  # longer than a lease
    bob = await enter(room, name="Bob")
    here = (await is_welcomed(bob)).get("here")
    assert here == ["Ann", "Bob"], f"Ann's socket is open, but Bob is told that {here} are here"


async def test_a_heartbeat_gets_the_answer_of_redis_although_its_socket_closes(
    slow_redis, enter, room, settings
):
    change_settings(settings, BEAT_SECONDS=0.1, LEASE_SECONDS=LONG, GRACE_SECONDS=0.3)
    bob = await enter(room, name="Bob")
    await is_welcomed(bob)
    slow_redis.may_answer.clear()
    await in_time(slow_redis.keeps_back.wait(), "no heartbeat asks the Redis at REDIS_URL")
    leaving = asyncio.create_task(bob.leave())
    with suppress(TimeoutError):
        await asyncio.wait_for(slow_redis.was_cut_off.wait(), 0.5)  # longer than it takes to leave
    slow_redis.may_answer.set()
    await leaving
    assert not slow_redis.was_cut_off.is_set(), (
        "Bob's socket closed, and his heartbeat stopped before Redis had answered it"
    )


async def test_two_servers_know_the_same_people(serve, room, cookies):
    def connect_to(server, name):
        url, headers = f"ws://{server}/ws/chat/{room}/", header_of(cookies[name])
        return connect(url, origin=f"http://{server}", additional_headers=headers)

    one, two = serve(2)
    async with connect_to(one, "Ann") as ann:
        await asyncio.wait_for(ann.recv(), PATIENCE)
        async with connect_to(two, "Bob") as bob:
            welcome = json.loads(await asyncio.wait_for(bob.recv(), PATIENCE))
    here = welcome.get("here")
    assert here == ["Ann", "Bob"], f"Ann is on another server, but Bob is told that {here} are here"


async def test_the_others_are_told_who_is_typing(enter, room):
    ann, bob = await enter(room), await enter(room)
    await bob.send_json_to({"type": "typing"})
    frame = await next_of(ann, "typing")
    assert frame == {"type": "typing", "user": "Bob"}, f"Bob is typing, and Ann received {frame}"


async def test_nobody_is_told_of_their_own_typing(enter, room):
    ann, bob = await enter(room), await enter(room)
    await bob.send_json_to({"type": "typing"})
    await next_of(ann, "typing")
    await ann.send_json_to({"type": "typing"})
    frame = await next_of(bob, "typing")
    assert frame.get("user") == "Ann", f"Ann is typing, and Bob received {frame}"


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_shows_who_is_here(open_room):
    ann = await open_room("Ann")
    await open_room("Bob")
    await expect(ann.get_by_text("Bob"), "the page does not show who is here").to_be_visible()


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_shows_who_is_typing_until_they_stop(open_page, open_room, site, room):
    ann = await open_page("Ann")
    await ann.clock.install()
    await ann.goto(f"{site}/chat/{room}/")
    await browsing.says_that_it_is_connected(ann)
    bob = await open_room("Bob")
    await message_of(bob).press_sequentially("a long th")
    typing = ann.get_by_text("typing")
    await expect(typing, "the page does not show who is typing").to_contain_text("Bob")
    await expect(bob.get_by_text("typing"), "Bob sees his own typing").to_have_count(0)
    await ann.clock.fast_forward(60_000)
    await expect(typing, "the page never stops showing that Bob is typing").to_have_count(0)
