"""Every step's protocol is known, and each claim to survive a fault has a reason."""

import pytest

from bench.chaos.faults import FAULTS
from bench.steps import chaos, claims, stages
from bench.steps.benchmark import dialect_of
from bench.steps.client import translated
from workshop.base.errors import UsageError
from workshop.course import catalog

STEPS = [step for step in catalog.load() if step.number >= "05"]


def test_every_step_from_05_on_has_a_stage_in_the_order_of_the_course():
    assert [stage.slug for stage in stages.STAGES] == [step.slug for step in STEPS]


@pytest.mark.parametrize("stage", stages.STAGES, ids=lambda stage: stage.slug)
def test_a_steps_code_has_what_its_stage_adds_and_the_previous_step_does_not(stage):
    path, text = stage.sign
    steps = catalog.load()
    before = steps[steps.index(catalog.find(stage.slug)) - 1].folder / path
    assert text in (stage.folder / path).read_text("utf-8")
    assert not before.exists() or text not in before.read_text("utf-8")


def test_a_stage_knows_what_the_stages_before_it_add_and_nothing_of_later_ones():
    delivery = stages.find("09-delivery")
    assert delivery.knows("history") and delivery.knows("delivery")
    assert not delivery.knows("sync")


def test_a_step_without_a_page_is_refused():
    with pytest.raises(
        UsageError, match="04-redis has no chat page: .* from 05-template to 16-hub"
    ):
        stages.find("04-redis")


@pytest.mark.parametrize("claim", claims.CLAIMS, ids=lambda claim: claim.fault)
def test_a_claim_names_a_fault_a_step_that_teaches_to_survive_it_and_why(claim):
    assert claim.fault in FAULTS
    assert claim.survived in (*claims.NUMBERS, "final")
    assert claim.survived >= claim.played
    assert len(claim.why.split()) > 4


@pytest.mark.parametrize("claim", claims.CLAIMS, ids=lambda claim: claim.fault)
def test_every_claim_to_survive_a_fault_can_be_tested(claim):
    for stage in stages.STAGES:
        assert claim.is_played_on(stage) or not claim.is_made_by(stage)


def test_an_inapplicable_fault_is_refused_with_a_list_of_applicable_ones():
    with pytest.raises(
        UsageError, match="08-history can't be tested with same-id. Choose from: kill, "
    ):
        chaos.choose(stages.find("08-history"), "same-id")


def test_the_page_of_an_early_step_has_no_part_to_leave_out():
    with pytest.raises(UsageError, match="no part that --without"):
        chaos.run("07-rooms", "kill", without=["outbox"])
    with pytest.raises(UsageError, match="no part that --without"):
        chaos.run("09-delivery", "kill", without=["sync"])


@pytest.mark.parametrize(
    ("slug", "frame", "expected"),
    [
        ("05-template", {"message": "hi"}, {"type": "messages", "messages": [{"message": "hi"}]}),
        ("06-accounts", {"error": "Empty."}, {"type": "error", "code": "Empty."}),
        ("08-history", {"type": "welcome", "head": 3}, {"type": "welcome", "head": 3, "here": []}),
        (
            "12-presence",
            {"type": "presence", "here": ["ann"]},
            {"type": "presence", "users": {"ann": True}},
        ),
        ("11-edits", {"type": "ack", "seq": 4}, {"type": "ack", "seq": 4}),
    ],
)
def test_a_steps_frames_are_translated_into_the_finished_apps(slug, frame, expected):
    assert translated(stages.find(slug), frame) == expected


def test_an_error_of_a_step_without_codes_keeps_its_sentence_as_the_code():
    refusal = {"type": "error", "detail": "The message is empty.", "ref": "x"}
    assert translated(stages.find("09-delivery"), refusal)["code"] == "The message is empty."
    coded = {"type": "error", "detail": "Too fast.", "code": "rate_limited"}
    assert translated(stages.find("15-limits"), coded)["code"] == "rate_limited"


def test_the_generator_speaks_the_dialect_of_each_step():
    dialects = {stage.number: dialect_of(stage) for stage in stages.STAGES}
    assert dialects["05"] == dialects["07"] == "step"
    assert dialects["08"] == "step-history"
    assert dialects["09"] == dialects["12"] == "step-delivery"
    assert dialects["13"] == dialects["16"] == "final"
