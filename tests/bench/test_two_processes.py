"""Two server processes share a Redis and a PostgreSQL, so their users chat with each other."""

import asyncio
import http.client
import os
import re

import pytest

from bench.chaos.round import Round
from bench.lab.testbed import Testbed
from workshop.base.environment import is_ci
from workshop.base.paths import ROOT
from workshop.services import postgres_server, redis_server
from workshop.services.redis_binary import find_server

APP = ROOT / "final"
HAS_SERVERS = postgres_server.find_programs() and find_server(fetch=False)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not APP.exists(), reason="This copy of the workshop holds no final/."),
    pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals."),
    pytest.mark.skipif(
        not HAS_SERVERS and not is_ci(),
        reason=f"{redis_server.NONE_FOUND} {postgres_server.NONE_FOUND}",
    ),
]


@pytest.fixture(scope="module")
def play():
    """Run an async function with a fresh round of two servers. The module shares a testbed."""
    with asyncio.Runner() as runner:
        testbed = runner.run(Testbed(APP, "postgres").__aenter__())

        async def run(scenario, server):
            sizes = {"client_count": 2, "message_count": 5}
            async with Round(testbed, **sizes, server_kind=server, layer="pubsub") as round:
                # so slow a heartbeat repairs nothing: everything comes through Redis
                slow = {"BEAT_SECONDS": 300, "LEASE_SECONDS": 600}
                servers = [await round.start_server(**slow) for _ in range(2)]
                await scenario(round, *servers)

        yield lambda scenario, server="daphne": runner.run(run(scenario, server))
        runner.run(testbed.__aexit__(None, None, None))


async def join_apart(round, left, right):
    """Return ann, who tries the left server first, and bob, who tries the right one first."""
    (ann,) = await round.join([left, right], 1, "ann")
    (bob,) = await round.join([right, left], 1, "bob")
    return ann, bob


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_clients_of_different_processes_chat(play, server):
    async def scenario(round, left, right):
        ann, bob = await join_apart(round, left, right)
        await round.chat([ann, bob])
        ledger = await round.settle()
        assert ledger.problems == []
        assert len(ann.shown) == len(bob.shown) == 11

    play(scenario, server)


def test_history_and_presence_are_shared_between_processes(play):
    async def scenario(round, left, right):
        (ann,) = await round.join([left], 1, "ann")
        await round.send(ann, "is anybody here?")
        await round.wait_until(lambda: ann.acked)
        (bob,) = await round.join([right], 1, "bob")
        assert await round.wait_until(lambda: bob.shown == [(1, "is anybody here?")])
        assert await round.wait_until(lambda: ann.here == bob.here == {"ann00", "bob00"})

    play(scenario)


def test_logout_at_one_process_closes_sockets_at_the_other(play):
    async def scenario(round, left, right):
        ann, bob = await join_apart(round, left, right)
        await asyncio.to_thread(log_out, right.port, ann.cookie)
        assert await round.wait_until(lambda: ann.close_code == 4401)
        assert bob.is_connected

    play(scenario)


def test_clients_of_a_killed_process_continue_at_the_other(play):
    async def scenario(round, left, right):
        ann, bob = await join_apart(round, left, right)
        await round.chat([ann, bob])
        await left.kill()
        await round.chat([ann, bob])
        ledger = await round.settle()
        assert ledger.problems == []
        assert ledger.stored == ledger.sent >= 21  # and some edits and deletions

    play(scenario)


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
