"""The findings of `layers` are counted correctly, and the tables describe them."""

import json

import pytest

from bench.layers import delivery, engines
from bench.layers.layer_catalog import LAYERS, choose
from bench.layers.results import cells, releases, tables
from workshop.base.errors import UsageError
from workshop.base.paths import ROOT

LOCK = """
[[package]]
name = "channels-nats"
version = "0.6.1"
sdist = { url = "a", upload-time = "2026-09-09T12:23:42Z" }
wheels = [{ url = "b", upload-time = "2026-09-08T12:23:40Z" }]

[[package]]
name = "channels-nats"
version = "0.10.1"
sdist = { url = "c", upload-time = "2026-10-27T05:48:17Z" }

[[package]]
name = "releases"
version = "0"
source = { virtual = "." }
"""
DELIVERED = {"sent": 20, "members": 10, "lost": 0, "doubled": 0, "swapped": 0}


def test_lost_doubled_and_late_events_are_counted():
    found = delivery.count_errors([[0, 2, 1], [0, 1, 1, 2], [2]], sent=3)
    assert (found.lost, found.doubled, found.swapped) == (2, 1, 1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "everything arrives once"),
        ({"lost": 200}, "nothing arrives"),
        ({"lost": 7}, "7 of 200 lost"),
        ({"doubled": 800}, "**each event arrives 5 times**"),
    ],
)
def test_a_cell_says_what_was_delivered(change, words):
    assert cells.delivered(DELIVERED | change) == words


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (range(1, 301), "all 300"),
        (range(1, 101), "the oldest 100"),
        (range(201, 301), "the newest 100"),
        ([], "nothing"),
        ([1, 7], "2 of 300"),
    ],
)
def test_a_cell_says_what_a_slow_socket_keeps(numbers, words):
    record = {"overflow": {"sent": 300, "alone": {"kept": list(numbers)}}}
    assert cells.kept(record, "alone") == words


def test_the_dates_of_releases_come_from_the_index():
    dates = {"channels-nats": {"0.6.1": "2026-09-08", "0.10.1": "2026-10-27"}}
    assert releases.dates_in(LOCK) == dates


def test_an_unknown_layer_is_refused_with_the_names_of_all():
    with pytest.raises(UsageError, match="no layer called kafka.*memory, core, pubsub"):
        choose("core,kafka")


def test_a_layer_without_its_engine_is_left_out_with_a_reason(monkeypatch):
    monkeypatch.setattr(engines, "_find", lambda name: None)
    assert LAYERS["nats"].why_missing() == "nats-server is not installed"
    assert LAYERS["memory"].why_missing() == ""


def test_the_tables_of_the_docs_follow_from_the_figures_beside_them():
    path = ROOT / "docs" / "figures" / "layers.json"
    kept = json.loads(path.read_text(encoding="utf-8"))
    made = tables.tables({name: value for name, value in kept.items() if name != "tables"})
    assert made == kept["tables"]
    assert [record["layer"] for record in kept["layers"]] == list(LAYERS)
