"""Two server processes, one Redis, one PostgreSQL: people on different processes are together."""

import asyncio
import http.client
import os
import re

import pytest

from workshop import course, postgres_server, redis_server
from workshop.chaos.round import Round
from workshop.chaos.stage import Stage
from workshop.environment import is_ci
from workshop.redis_binary import find_server

APP = course.ROOT / "final"
HAS_SERVERS = postgres_server.programs() and find_server(fetch=False)
pytestmark = [
    pytest.mark.skipif(not APP.exists(), reason="This copy of the workshop holds no final/."),
    pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals."),
    pytest.mark.skipif(
        not HAS_SERVERS and not is_ci(),
        reason=f"{redis_server.NONE_FOUND} {postgres_server.NONE_FOUND}",
    ),
]


@pytest.fixture(scope="module")
def play():
    """Run an async function with a fresh round of two servers; one stage serves the module."""
    with asyncio.Runner() as runner:
        stage = runner.run(Stage(APP, "postgres").__aenter__())

        async def act(scene, server):
            async with Round(stage, clients=2, messages=5, server=server, layer="pubsub") as round:
                # a beat this slow repairs nothing: what arrives came through Redis
                servers = [await round.server(BEAT_SECONDS=300) for _ in range(2)]
                await scene(round, *servers)

        yield lambda scene, server="daphne": runner.run(act(scene, server))
        runner.run(stage.__aexit__(None, None, None))


async def sit_apart(round, left, right):
    """Return ann, whose home is the left server, and bob, whose home is the right one."""
    (ann,) = await round.join([left, right], 1, "ann")
    (bob,) = await round.join([right, left], 1, "bob")
    return ann, bob


def listen(client):
    """Return a list that gets every frame that `client` hears from now on."""
    frames, before = [], client.watch

    def hear(client, event, frame):
        frames.append(frame or {})
        before(client, event, frame)

    client.watch = hear
    return frames


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_people_on_different_processes_chat(play, server):
    async def scene(round, left, right):
        ann, bob = await sit_apart(round, left, right)
        await round.chat([ann, bob])
        ledger = await round.settle()
        assert ledger.complaints == []
        assert len(ann.shown) == len(bob.shown) == 11

    play(scene, server)


def test_the_history_and_who_is_here_are_the_same_on_both(play):
    async def scene(round, left, right):
        (ann,) = await round.join([left], 1, "ann")
        await round.say(ann, "is anybody here?")
        await round.until(lambda: ann.acked)
        frames = listen(ann)
        (bob,) = await round.join([right], 1, "bob")
        assert await round.until(lambda: bob.shown == [(1, "is anybody here?")])
        assert await round.until(
            lambda: any(frame.get("users", {}).get("bob00") for frame in frames)
        )
        assert bob.here == ["ann00", "bob00"]

    play(scene)


def test_a_logout_at_one_process_closes_the_socket_at_the_other(play):
    async def scene(round, left, right):
        ann, bob = await sit_apart(round, left, right)
        await asyncio.to_thread(log_out, right.port, ann.cookie)
        assert await round.until(lambda: ann.closed_with == 4401, 2)
        assert bob.socket

    play(scene)


def test_when_one_process_dies_its_people_go_on_at_the_other(play):
    async def scene(round, left, right):
        ann, bob = await sit_apart(round, left, right)
        await round.chat([ann, bob])
        await left.kill()
        await round.chat([ann, bob])
        ledger = await round.settle()
        assert ledger.complaints == []
        assert ledger.stored == 21

    play(scene)


def log_out(port, cookie):
    """Log out as the page does, at the server on `port`."""
    site = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    site.request("GET", "/", headers={"Cookie": cookie})
    answer = site.getresponse()
    page = answer.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    seed = re.search(r"csrftoken=\w+", answer.getheader("Set-Cookie"))[0]
    site.request(
        "POST",
        "/accounts/logout/",
        f"csrfmiddlewaretoken={token}",
        {"Cookie": f"{cookie}; {seed}", "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert site.getresponse().status == 302
    site.close()
