"""What the verb `chaos` says, and to whom."""

import io
import os

import pytest
from rich.console import Console

from workshop import chaos, course
from workshop.chaos import report
from workshop.chaos.ledger import Ledger, Row
from workshop.chaos.play import Outcome
from workshop.errors import UsageError, WorkshopError

APP = course.ROOT / "final"


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200, highlight=False, soft_wrap=True)


def outcome(**fields):
    ledger = Ledger(rows=[Row("ann", 3, 3, 3, 3)], sent=3, acked=3, stored=3, seen=3)
    fields = {"ledger": ledger, "failures": [], "notes": []} | fields
    return Outcome("kill", 7, seconds=1.5, blackouts=[], **fields)


def test_an_unknown_fault_is_answered_with_the_nearest_name():
    with pytest.raises(UsageError, match="There is no fault called kil. Did you mean kill\\?"):
        chaos.run("kil")


def test_a_layer_that_the_fault_cannot_use_is_refused(tmp_path):
    (tmp_path / "manage.py").touch()
    with pytest.raises(UsageError, match="serves one process"):
        chaos.run("commit-order", layer="memory", folder=tmp_path)


def test_a_copy_without_the_app_is_told_so(tmp_path):
    with pytest.raises(WorkshopError, match="is not in this copy of the workshop"):
        chaos.run("kill", folder=tmp_path)


def test_an_app_that_does_not_start_is_quoted(tmp_path, console):
    (tmp_path / "manage.py").touch()
    with pytest.raises(WorkshopError, match="does not start: .*chat_project"):
        chaos.run("kill", folder=tmp_path, console=console)


def test_the_catalogue_has_one_line_for_every_fault(console):
    report.catalogue(console)
    lines = console.file.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == list(chaos.FAULTS)


def test_a_good_round_is_one_line_and_its_notes(console):
    report.round_line(console, outcome(notes=["killed after 1 of 3 acks"]))
    assert console.file.getvalue().splitlines() == [
        "ok  kill (seed 7, 1.5 s): sent 3, acked 3, stored 3, seen 3 by 1 clients",
        "    killed after 1 of 3 acks",
    ]


def test_a_bad_round_shows_each_client_and_the_first_complaints(console):
    bad = outcome(failures=["The server grew by 99.0 MiB for readers that never read."])
    for number in range(30):
        bad.ledger.blame(f'ann missed {number}: "{number}".', lost=1)
    report.round_line(console, bad)
    report.summary(console, [outcome(), bad])
    text = console.file.getvalue()
    assert text.startswith("BAD kill (seed 7")
    assert "ann" in text and "The server grew" in text and 'ann missed 3: "3".' in text
    assert "… and 11 more" in text
    assert "Nothing was lost" not in text


@pytest.mark.skipif(not APP.exists(), reason="This copy of the workshop holds no final/.")
@pytest.mark.skipif(os.name == "nt", reason="Windows lacks the signals.")
def test_it_ends_with_0_where_all_is_well_and_with_1_where_not(console):
    small = {"seed": 3, "clients": 3, "messages": 8, "console": console}
    assert chaos.run("socket-reset", **small) == 0
    assert "Nothing was lost, nothing was doubled." in console.file.getvalue()
    assert chaos.run("socket-reset", **small, without=["outbox"], patience=1) == 1
    assert "it is not stored" in console.file.getvalue()
