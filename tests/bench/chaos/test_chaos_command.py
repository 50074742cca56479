"""What the `chaos` command prints, and its errors."""

import io
import json
import os

import pytest
from rich.console import Console

from bench import chaos
from bench.chaos import report
from bench.chaos.faults.registry import SENTENCES
from bench.chaos.ledger import ClientTotals, Ledger
from bench.chaos.play import RoundResult
from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT

APP = ROOT / "final"


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200, highlight=False, soft_wrap=True)


def result(**fields):
    totals = ClientTotals("ann", 3, 3, 3, 3)
    ledger = Ledger(clients=[totals], sent=3, acked=3, stored=3, seen=3)
    fields = {"ledger": ledger, "failures": [], "notes": []} | fields
    return RoundResult("kill", 7, seconds=1.5, blackouts=[], **fields)


def test_an_unknown_fault_suggests_the_nearest_name():
    with pytest.raises(UsageError, match="There is no fault called kil. Did you mean kill\\?"):
        chaos.run("kil")


def test_a_layer_that_the_fault_cannot_use_is_refused(tmp_path):
    (tmp_path / "manage.py").touch()
    with pytest.raises(UsageError, match="serves one process"):
        chaos.run("commit-order", layer="memory", folder=tmp_path)


def test_a_missing_app_is_reported(tmp_path):
    with pytest.raises(WorkshopError, match="is not in this copy of the workshop"):
        chaos.run("kill", folder=tmp_path)


def test_an_app_that_does_not_start_is_quoted(tmp_path, console):
    (tmp_path / "manage.py").touch()
    with pytest.raises(WorkshopError, match="doesn't start: .*chat_project"):
        chaos.run("kill", folder=tmp_path, console=console)


def test_sqlite_is_refused_for_a_fault_that_needs_postgresql(tmp_path):
    (tmp_path / "manage.py").touch()
    with pytest.raises(UsageError, match="Only PostgreSQL can be used for locked-row"):
        chaos.run("locked-row", database="sqlite", folder=tmp_path)


def test_every_fault_of_the_catalogue_can_be_played():
    for name, sentence in SENTENCES.items():
        assert chaos.FAULTS[name].sentence == sentence
        assert callable(chaos.FAULTS[name].play)


def test_the_catalogue_lists_every_fault(console):
    report.catalogue(console)
    lines = console.file.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == list(chaos.FAULTS)


def test_a_good_round_prints_one_line_and_its_notes(console):
    report.round_line(console, result(notes=["killed after 1 of 3 acks"]))
    assert console.file.getvalue().splitlines() == [
        "ok  kill (seed 7, 1.5 s): sent 3, acked 3, stored 3, seen 3 by 1 clients",
        "    killed after 1 of 3 acks",
    ]


def test_a_bad_round_prints_each_client_and_the_first_problems(console):
    bad = result(failures=["The server grew by 99.0 MiB for readers that never read."])
    for number in range(30):
        bad.ledger.add_problem(f'ann missed {number}: "{number}".', lost=1)
    report.round_line(console, bad)
    report.summary(console, [result(), bad])
    text = console.file.getvalue()
    assert text.startswith("BAD kill (seed 7")
    assert "ann" in text and "The server grew" in text and 'ann missed 3: "3".' in text
    assert "… and 11 more" in text
    assert "Nothing was lost" not in text


def test_the_totals_of_each_fault_are_written_as_json(tmp_path):
    rounds = [result(figures={"cut_off_seconds": [seconds]}) for seconds in (12.34, 10, 11)]
    rounds[0].ledger.add_problem("ann missed 3.", lost=1)
    report.write(tmp_path / "figures.json", rounds)
    found = json.loads((tmp_path / "figures.json").read_text("utf-8"))
    figures = found["faults"]["kill"]
    assert found["machine"]["cores"]
    assert (figures["rounds"], figures["bad"], figures["sent"], figures["lost"]) == (3, 1, 9, 1)
    assert figures["cut_off_seconds"] == {"least": 10, "middle": 11, "most": 12.3}


@pytest.mark.slow
@pytest.mark.skipif(not APP.exists(), reason="This copy of the workshop holds no final/.")
@pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals.")
def test_the_exit_code_is_0_after_a_good_round_and_1_after_a_bad_one(console):
    small = {"seed": 3, "clients": 3, "messages": 8, "console": console}
    assert chaos.run("socket-reset", **small) == 0
    assert "Nothing was lost or duplicated." in console.file.getvalue()
    assert chaos.run("socket-reset", **small, without=["outbox"], patience=1) == 1
    assert "it is not stored" in console.file.getvalue()
