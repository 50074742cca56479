"""The `layers` scenarios find what's known about the in-memory and Redis layers."""

import os
from dataclasses import replace

import pytest

from bench.layers import command, delivery, faults, quiet, speed
from bench.layers.layer_catalog import LAYERS
from bench.layers.trial import TrialOnLayer
from workshop.services import redis_server
from workshop.services.redis_binary import find_server

SOON = 1  # seconds in which what never comes is waited for
PATIENCE = 60  # seconds in which everything comes that comes at all
ALL = list(range(1, faults.EVENTS + 1))
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows lacks pipes that asyncio reads.")


@pytest.fixture
def redis():
    if not find_server():
        why = redis_server.NONE_FOUND
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)


@pytest.mark.slow
async def test_the_in_memory_layer_reaches_no_other_process():
    async with TrialOnLayer(LAYERS["memory"]) as trial:
        found = await delivery.between_processes(trial, 20, SOON)
    assert found["settled"]["lost"] == 20 * found["settled"]["members"]


@pytest.mark.slow
async def test_the_core_layer_reaches_each_member_in_other_processes_once(redis):
    async with TrialOnLayer(LAYERS["core"]) as trial:
        found = await delivery.between_processes(trial, 40, PATIENCE)
        order = await delivery.in_order(trial, 40, PATIENCE)
    for how in ("settled", "at_once"):
        assert found[how] == {"sent": 40, "members": 10, "lost": 0, "doubled": 0, "swapped": 0}
    assert order == {"sent": 40, "swapped": 0, "mixed_swapped": 0}


async def test_a_slow_consumer_of_the_in_memory_layer_keeps_the_oldest_and_only_send_raises():
    async with TrialOnLayer(LAYERS["memory"]) as trial:
        found = await faults.overflow(trial, PATIENCE)
    for how in ("alone", "beside", "direct"):
        assert found[how]["kept"] == ALL[:100]
    assert found["alone"]["raised"] == {}
    assert found["direct"]["raised"] == {"ChannelFull": 200}
    assert found["beside"]["neighbour"] == faults.EVENTS


@pytest.mark.slow
async def test_a_slow_consumer_of_the_core_layer_keeps_the_newest_beside_one_that_reads(redis):
    async with TrialOnLayer(LAYERS["core"]) as trial:
        found = await faults.overflow(trial, PATIENCE)
    assert found["alone"]["kept"] == ALL[:100]
    assert found["alone"]["others"] == faults.EVENTS
    assert found["beside"]["kept"] == ALL[-100:]
    assert "over capacity" in found["alone"]["log"][0][1]


@pytest.mark.slow
async def test_a_restart_of_redis_ends_sockets_on_the_core_layer_and_new_ones_work(redis):
    async with TrialOnLayer(LAYERS["core"]) as trial:
        found = await faults.restart(trial, PATIENCE)
    assert found["error"].startswith("ConnectionError")
    assert found["while_down"] == {"waited": False, "raised": {"ConnectionError": 1}}
    assert (found["survives"], found["rejoins"]) == (False, True)
    assert (found["waiting_kept"], found["kept_while_down"]) == (0, False)


@pytest.mark.slow
async def test_sockets_on_the_pubsub_layer_survive_a_restart_of_redis(redis):
    async with TrialOnLayer(LAYERS["pubsub"]) as trial:
        found = await faults.restart(trial, PATIENCE)
    assert found["survives"] and not found["error"]
    assert found["while_down"]["raised"] == {"ConnectionError": 1}


async def test_an_idle_member_of_the_in_memory_layer_is_one_until_its_membership_expires():
    async with TrialOnLayer(LAYERS["memory"]) as trial:
        assert (await quiet.idle(trial, 0.1, PATIENCE))["heard"]
    async with TrialOnLayer(LAYERS["memory"], group_expiry=quiet.EXPIRY) as trial:
        assert not (await quiet.expiry(trial, SOON))["heard"]


async def test_the_speed_is_taken_from_events_that_all_members_received():
    async with TrialOnLayer(LAYERS["memory"]) as trial:
        delay = await speed.delay(trial, 20, PATIENCE)
        found = await speed.deliveries(trial, 100, PATIENCE)
    assert delay["events"] == 20
    assert 0 < delay["p50"] <= delay["p99"]
    assert found["members"] == speed.MEMBERS
    assert found["per_second"] > 0


async def test_a_layer_that_fails_gets_a_sentence_instead_of_figures():
    broken = replace(LAYERS["memory"], backend="channels.layers.MissingLayer")
    found = await command.in_trial(broken, command.SCENARIOS[0].run, command.LayerOptions())
    assert "MissingLayer" in found["error"]
    assert "\n" not in found["error"]
