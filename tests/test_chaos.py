"""Every fault, played once and small; and the alarm: whatever is switched off is noticed."""

import asyncio
import os

import pytest

from workshop import chaos, course, postgres_server, redis_server
from workshop.chaos.command import usual_database
from workshop.chaos.play import play
from workshop.chaos.stage import Stage
from workshop.environment import is_ci
from workshop.redis_binary import find_server

APP = course.ROOT / "final"
SIZES = {  # clients, and messages of each talker
    "sigterm": (40, 6),
    "stuck-reader": (6, 40),
    "overflow": (4, 3),
    "same-id": (2, 4),
}
pytestmark = [
    pytest.mark.skipif(not APP.exists(), reason="This copy of the workshop holds no final/."),
    pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals."),
]


@pytest.fixture(scope="module")
def act():
    """Call `play` with the name of a fault, on stages that serve the whole module."""
    stages = {}

    async def prepare(database):
        if database not in stages:
            stages[database] = await Stage(APP, database).__aenter__()
        return stages[database]

    async def leave():
        for stage in stages.values():
            await stage.__aexit__(None, None, None)

    async def perform(name, clients=0, messages=0, database=None, **options):
        fault = chaos.FAULTS[name]
        size = SIZES.get(name, (8, 12))
        stage = await prepare(database or usual_database(fault))
        sizes = {"clients": clients or size[0], "messages": messages or size[1]}
        return await play(fault, stage, 1, **sizes, **options)

    with asyncio.Runner() as runner:
        yield lambda *words, **options: runner.run(perform(*words, **options))
        runner.run(leave())


@pytest.mark.parametrize("fault", chaos.FAULTS.values(), ids=lambda fault: fault.name)
def test_nothing_is_lost_and_nothing_doubled_by(fault, act):
    if fault.layer != "memory" and not find_server() and not is_ci():
        pytest.skip(redis_server.NONE_FOUND)
    outcome = act(fault.name)
    assert outcome.failures == []
    assert outcome.ledger.complaints == []
    assert outcome.ledger.sent == outcome.ledger.acked == outcome.ledger.stored


def test_a_kill_is_survived_on_uvicorn_too(act):
    assert act("kill", server="uvicorn").ledger.complaints == []


@pytest.mark.skipif(
    not postgres_server.programs() and not is_ci(), reason=postgres_server.NONE_FOUND
)
def test_a_kill_is_survived_on_postgresql_too(act):
    assert act("kill", database="postgres").ledger.complaints == []


def test_the_alarm_rings_when_clients_do_not_ask_for_what_they_missed(act):
    ledger = act("kill", without=["sync"], patience=3).ledger
    assert ledger.lost
    assert any("c0" in one and " missed " in one for one in ledger.complaints)


def test_the_alarm_rings_when_clients_do_not_look_at_the_numbers(act):
    ledger = act("kill", messages=60, clients=12, without=["dedupe"], patience=3).ledger
    assert ledger.doubled
    assert any(" times: " in one for one in ledger.complaints)


def test_the_alarm_rings_when_clients_forget_what_they_sent(act):
    ledger = act("kill", without=["outbox"], messages=6, clients=4, patience=1).ledger
    assert ledger.lost
    assert any("it is not stored" in one for one in ledger.complaints)


def test_the_alarm_rings_when_the_server_forgets_client_ids(act):
    ledger = act("same-id", messages=2, database="sqlite", without=["ids"], patience=3).ledger
    assert ledger.doubled == 2 * 19
    assert any("is stored 20 times" in one for one in ledger.complaints)


def test_the_alarm_rings_when_the_server_feeds_readers_that_never_read(act):
    outcome = act("stuck-reader", messages=200, without=["bound"])
    assert any("The server grew by" in one for one in outcome.failures)
