"""Every fault on a small scale. The ledger notices if a part is missing."""

import asyncio
import os

import pytest

from bench import chaos
from bench.chaos.command import default_database
from bench.chaos.play import count_tracebacks, play
from bench.lab.testbed import Testbed
from workshop.base.environment import is_ci
from workshop.base.paths import ROOT
from workshop.services import postgres_server, redis_server
from workshop.services.redis_binary import find_server

APP = ROOT / "final"
SIZES = {  # clients, and messages of each writer
    "sigterm": (40, 6),
    "storm": (100, 3),
    "stuck-reader": (6, 40),
    "network-change": (10, 3),
    "overflow": (4, 3),
    "same-id": (2, 4),
    "slow-network": (4, 50),
    "locked-row": (3, 4),
    "silent-database": (3, 4),
    "silent-redis": (4, 4),
}
ON_ONE_HOST = [fault for fault in chaos.FAULTS.values() if not fault.needs_hosts]
needs_postgres = pytest.mark.skipif(
    not postgres_server.find_programs() and not is_ci(), reason=postgres_server.NONE_FOUND
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not APP.exists(), reason="This copy of the workshop holds no final/."),
    pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals."),
]


@pytest.fixture(scope="module")
def play_fault():
    """Play a fault by name, on testbeds shared by the whole module."""
    testbeds = {}

    async def prepare(database):
        if database not in testbeds:
            testbeds[database] = await Testbed(APP, database).__aenter__()
        return testbeds[database]

    async def close():
        for testbed in testbeds.values():
            await testbed.__aexit__(None, None, None)

    async def run(name, clients=0, messages=0, database=None, **options):
        fault = chaos.FAULTS[name]
        size = SIZES.get(name, (8, 12))
        testbed = await prepare(database or default_database(fault))
        sizes = {"clients": clients or size[0], "messages": messages or size[1]}
        return await play(fault, testbed, 1, **sizes, **options)

    with asyncio.Runner() as runner:
        yield lambda *words, **options: runner.run(run(*words, **options))
        runner.run(close())


@pytest.mark.parametrize("fault", ON_ONE_HOST, ids=lambda fault: fault.name)
def test_nothing_is_lost_or_doubled_by(fault, play_fault):
    if fault.needs_redis and not find_server() and not is_ci():
        pytest.skip(redis_server.NONE_FOUND)
    if fault.needs_postgres and not postgres_server.find_programs() and not is_ci():
        pytest.skip(postgres_server.NONE_FOUND)
    result = play_fault(fault.name)
    assert result.failures == []
    assert result.ledger.problems == []
    assert result.ledger.sent == result.ledger.acked == result.ledger.stored


@pytest.mark.parametrize(
    "name", ["kill", "storm", "slow-network", "locked-row", "silent-database", "silent-redis"]
)
def test_nothing_is_lost_or_doubled_on_uvicorn_by(name, play_fault):
    if chaos.FAULTS[name].needs_postgres and not postgres_server.find_programs() and not is_ci():
        pytest.skip(postgres_server.NONE_FOUND)
    result = play_fault(name, server="uvicorn")
    assert result.failures == []
    assert result.ledger.problems == []


@needs_postgres
def test_nothing_is_lost_by_a_kill_on_postgresql(play_fault):
    assert play_fault("kill", database="postgres").ledger.problems == []


def test_clients_that_never_sync_are_noticed(play_fault):
    ledger = play_fault("kill", without=["sync"], patience=3).ledger
    assert ledger.lost
    assert any("c0" in problem and " missed " in problem for problem in ledger.problems)


def test_clients_that_do_not_drop_duplicates_are_noticed(play_fault):
    ledger = play_fault("kill", messages=60, clients=12, without=["dedupe"], patience=3).ledger
    assert ledger.doubled
    assert any(" times: " in problem for problem in ledger.problems)


def test_clients_without_an_outbox_are_noticed(play_fault):
    ledger = play_fault("kill", without=["outbox"], messages=6, clients=4, patience=1).ledger
    assert ledger.lost
    assert any("it is not stored" in problem for problem in ledger.problems)


def test_a_server_that_forgets_client_ids_is_noticed(play_fault):
    without_ids = {"without": ["ids"], "patience": 3}
    ledger = play_fault("same-id", messages=2, database="sqlite", **without_ids).ledger
    assert ledger.doubled >= 2 * 19
    assert any(" is stored 2" in problem for problem in ledger.problems)


def test_a_server_without_a_bound_for_slow_readers_is_noticed(play_fault):
    result = play_fault("stuck-reader", messages=200, without=["bound"])
    assert any("The server grew by" in failure for failure in result.failures)


def test_only_errors_that_the_app_did_not_expect_are_counted():
    handled = (
        "2026-11-30 04:00:00,000 WARNING chat_app.background: saving leases failed: "
        "TimeoutError()\\nTraceback (most recent call last):\\n"
    )
    unexpected = "Exception inside application\nTraceback (most recent call last):\n"
    assert count_tracebacks(f"{handled}\n{unexpected}{handled}\n") == 1
