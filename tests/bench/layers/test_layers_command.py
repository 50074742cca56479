"""The whole command, with small numbers, on every layer whose engine this machine has."""

import json
import os
import shutil

import pytest

from bench.layers import engines
from bench.layers.layer_catalog import LAYERS
from workshop.base.paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals."),
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="There is no Redis server."),
]
SMALL = ["--events", "20", "--repetitions", "1", "--idle", "1", "--within", "20"]
AVAILABLE = [name for name, layer in LAYERS.items() if not engines.why_missing(layer.engine)]


def test_layers_that_can_run_here_deliver_and_carry_the_finished_app(workshop, tmp_path):
    workshop("layers", *SMALL, "--output", tmp_path, code=0)
    result = json.loads((tmp_path / "layers.json").read_text(encoding="utf-8"))
    records = {record["layer"]: record for record in result["layers"]}
    assert set(records) == set(LAYERS)
    assert [name for name, record in records.items() if not record["missing"]] == AVAILABLE
    for name in AVAILABLE:
        record = records[name]
        assert record["speed"][0]["per_second"] > 0, name
        assert record["order"]["swapped"] == 0, name
        assert record["idle"]["heard"], name
        if name != "memory":
            assert record["delivery"]["settled"]["lost"] == 0, name
            assert record["delivery"]["settled"]["doubled"] == 0, name
        if (ROOT / "final").is_dir():
            app = record["app"]
            assert (app["lost"], app["doubled"], app["failures"]) == (0, 0, []), name
