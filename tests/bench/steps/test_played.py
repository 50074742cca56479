"""A fault on a step that loses messages and on one that doesn't, and a small measurement."""

import io
import json
import os
import re
from dataclasses import replace

import pytest
from rich.console import Console

from bench.load.options import Options
from bench.steps import chaos, claims, figures, load, stages
from workshop.services import redis_server
from workshop.services.redis_binary import find_server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals."),
    pytest.mark.skipif(not find_server(), reason=redis_server.NONE_FOUND),
]
SMALL = Options(
    kinds=("busy", "enter", "idle"), members=6, seconds=0.3, warm=0.2, repetitions=1, idle=12
)


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=120, highlight=False, soft_wrap=True)


def test_a_step_without_delivery_loses_messages_and_that_is_expected(console):
    assert chaos.run("08-history", "overflow", 1, console=console) == 0
    printed = console.file.getvalue()
    assert re.match(r"lost [1-9]\d*, doubled 0 +overflow", printed)
    assert "Expected: from step 10 on, a gap in the numbers" in printed
    assert "08-history survived 0 of 1." in printed


def test_a_step_with_delivery_loses_nothing(console):
    assert chaos.run("09-delivery", "kill", 1, console=console) == 0
    assert console.file.getvalue().startswith("survived ")


def test_a_step_with_delivery_does_not_notice_what_the_layer_loses(console):
    assert chaos.run("09-delivery", "overflow", 1, console=console) == 0
    assert re.match(r"lost [1-9]\d*, doubled 0 +overflow", console.file.getvalue())


def test_a_step_that_syncs_gets_what_the_layer_loses(console):
    assert chaos.run("10-sync", "overflow", 1, console=console) == 0
    assert console.file.getvalue().startswith("survived ")


def test_a_fault_that_a_step_claims_to_survive_and_does_not_is_an_error(console):
    without = {"without": ["outbox"], "console": console}
    assert chaos.run("09-delivery", "socket-reset", 1, **without) == 1
    printed = console.file.getvalue()
    assert "it is not stored" in printed
    assert "Since step 09, a message with a known client_id" in printed


def test_a_step_is_measured_side_by_side_with_step_05(console):
    assert load.run("09-delivery", SMALL, console) == 0
    printed = console.file.getvalue()
    assert re.search(r"step-05( +1\.00 \(1\.00–1\.00\)){2}", printed)
    assert re.search(r"step-09( +\d+\.\d\d \(\S+\)){3}", printed)


def test_all_steps_are_measured_in_turn_for_the_docs(console, tmp_path, monkeypatch):
    few = [stages.STAGES[0], stages.find("08-history")]
    monkeypatch.setattr(figures, "STAGES", few)
    options = replace(SMALL, kinds=("busy",), repetitions=2)
    assert figures.load_all(options, tmp_path, console) == 0
    written = json.loads((tmp_path / figures.NAME).read_text("utf-8"))["load"]
    assert list(written["steps"]) == ["step-05", "step-08", "final"]
    assert written["steps"]["step-05"]["busy"]["ratio"] == 1
    assert written["options"]["repetitions"] == 2


def test_one_fault_on_every_step_is_written_for_the_docs(console, tmp_path, monkeypatch):
    few = [stages.STAGES[0], stages.find("10-sync")]
    monkeypatch.setattr(figures, "STAGES", few)
    assert figures.chaos_all(1, tmp_path, "commit-order", console) == 0
    written = json.loads((tmp_path / figures.NAME).read_text("utf-8"))["chaos"]
    [claim] = [claim for claim in claims.CLAIMS if claim.fault == "commit-order"]
    assert written["faults"] == [{"fault": claim.fault, "survived": "10", "why": claim.why}]
    assert written["steps"]["step-05"] == {}
    assert written["steps"]["step-10"]["commit-order"]["word"] == "survived"
    assert written["steps"]["final"]["commit-order"]["word"] == "survived"
