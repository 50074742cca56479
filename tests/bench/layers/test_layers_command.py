"""The whole command, with small numbers, for each layer whose engine this machine has."""

import json
import os
import shutil

import patience
import pytest

from bench.layers import engines, faults
from bench.layers.layer_catalog import LAYERS
from bench.layers.trial import TrialOnLayer
from bench.layers.worker import LayerFailed, run_script
from workshop.base.paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals."),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="There is no Redis server."),
]
SMALL = ["--events", "20", "--repetitions", "1", "--idle", "1", "--within", "20"]
AVAILABLE = [name for name, layer in LAYERS.items() if not engines.why_missing(layer.engine)]


@pytest.mark.parametrize("name", AVAILABLE)
def test_a_layer_delivers_and_carries_the_finished_app(workshop, tmp_path, name):
    workshop("layers", *SMALL, "--layers", name, "--output", tmp_path, code=0)
    (record,) = json.loads((tmp_path / "layers.json").read_text(encoding="utf-8"))["layers"]
    assert (record["layer"], record["missing"]) == (name, "")
    assert record["speed"][0]["per_second"] > 0
    assert record["order"]["swapped"] == 0
    assert record["idle"]["heard"]
    if name != "memory":
        assert record["delivery"]["settled"]["lost"] == 0
        assert record["delivery"]["settled"]["doubled"] == 0
    if (ROOT / "final").is_dir():
        app = record["app"]
        assert (app["lost"], app["doubled"], app["failures"]) == (0, 0, [])


def test_the_postgres_layer_needs_the_time_zone_that_its_readme_leaves_out():
    settings = LAYERS["postgres"].settings("postgresql://nobody@127.0.0.1:1/none")
    del settings["CHANNEL_LAYERS"]["default"]["CONFIG"]["TIME_ZONE"]
    with pytest.raises(LayerFailed, match="KeyError: 'TIME_ZONE'"):
        run_script(settings, "send", "group", 1)


@pytest.mark.skipif("rabbitmq" not in AVAILABLE, reason="There is no RabbitMQ server.")
async def test_local_expiry_keeps_a_slow_socket_on_rabbitmq_from_stopping_its_process():
    async with TrialOnLayer(LAYERS["rabbitmq"], local_expiry=1.0) as trial:
        found = await faults.overflow(trial, patience.SECONDS)
    assert found["beside"]["neighbour"] == faults.EVENTS
