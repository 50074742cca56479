"""Two app hosts, a proxy, a Redis and a PostgreSQL: one app host is cut off and comes back."""

import asyncio

import pytest

from bench.chaos import FAULTS
from bench.chaos.faults.hosts import WRITERS
from bench.chaos.play import play
from bench.hosts import namespaces, testbed
from workshop.base.environment import is_ci
from workshop.base.paths import ROOT

APP = ROOT / "final"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not APP.exists(), reason="This copy of the workshop holds no final/."),
]


def play_one_round():
    """Return the result. Skips if hosts can't be created. A missing server fails on CI."""
    if reason := namespaces.why_not():
        pytest.skip(reason)
    if reason := testbed.why_not():
        pytest.fail(reason) if is_ci() else pytest.skip(reason)

    async def run():
        async with testbed.HostsTestbed(APP) as hosts:
            return await play(FAULTS["host-cut-off"], hosts, 1)

    return asyncio.run(run())


def test_nothing_is_lost_or_doubled_while_a_host_is_cut_off_and_comes_back():
    result = play_one_round()
    assert result.failures == []
    assert result.ledger.problems == []
    assert result.ledger.sent == result.ledger.acked == result.ledger.stored > 0
    assert result.ledger.lost == result.ledger.doubled == 0
    (rooms,), (on_the_host,) = result.figures["rooms"], result.figures["rooms_on_the_host"]
    assert 0 < on_the_host < rooms
    assert len(result.figures["moved_seconds"]) == WRITERS * on_the_host
