"""The page about each step's gains shows the measured figures for every step."""

import json

import pytest

from bench.steps.claims import CLAIMS
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.docs_site.pages import step_tables
from workshop.docs_site.sources import NotFound

MEASURED = json.loads((ROOT / step_tables.FILE).read_text("utf-8"))
STEPS = [step for step in catalog.load() if step.number >= "05" or not step.number]


def test_every_step_and_the_finished_app_has_a_row_with_its_figures():
    rows = step_tables.buys(ROOT, "steps")[2:]
    assert len(rows) == len(STEPS)
    for step, row in zip(STEPS, rows, strict=True):
        assert f"[{step.heading}](../chapters/{step.page}.md)" in row
        assert " KiB |" in row and row.count("–") == 3


def test_every_fault_that_can_be_played_on_a_step_has_a_row_with_a_cell_for_each_step():
    rows = step_tables.buys(ROOT, "faults")[2:]
    assert [row.split("`")[1] for row in rows] == [claim.fault for claim in CLAIMS]
    assert {row.count("|") for row in rows} == {len(STEPS) + 2}
    assert [row.split("`")[1] for row in step_tables.buys(ROOT, "lessons")[2:]] == [
        claim.fault for claim in CLAIMS
    ]


def test_the_published_run_broke_no_claim():
    cells = [cell for row in MEASURED["chaos"]["steps"].values() for cell in row.values()]
    assert cells and not any(cell["is_broken"] for cell in cells)


def test_the_lessons_are_those_of_the_table_of_claims():
    written = [(row["fault"], row["survived"], row["why"]) for row in MEASURED["chaos"]["faults"]]
    assert written == [(claim.fault, claim.survived, claim.why) for claim in CLAIMS]


def test_the_page_names_the_machine():
    [sentence] = step_tables.buys(ROOT, "machine")
    assert MEASURED["load"]["machine"]["python"] in sentence
    assert "/" not in sentence


@pytest.mark.parametrize("what", ["prices", ""])
def test_a_table_that_is_not_there_is_refused(what):
    with pytest.raises(NotFound, match="holds nothing about"):
        step_tables.buys(ROOT, what)
