"""Whoever makes a mistake is told which one, where, and which pitfall it is."""

import os
import tomllib
from pathlib import Path

import pytest

from workshop import course, pitfalls
from workshop.learner.check import check, so_far

WRONG = tomllib.loads((Path(__file__).parent / "wrong.toml").read_text("utf-8"))["wrong"]


def broken(wrong, folder):
    path = folder / wrong["file"]
    text = path.read_text("utf-8")
    for old, new in (("old", "new"), ("old2", "new2")):
        if old in wrong:
            assert wrong[old] in text
            text = text.replace(wrong[old], wrong[new])
    path.write_text(text, "utf-8")
    return folder


def judged(wrong, folder):
    """Check the promises of the step up to the one that must be the first unmet."""
    step = course.find(wrong["step"])
    promises = [promise for one in so_far(step) for promise in one.promises]
    unmet = next(one for one in promises if one.says.startswith(wrong["unmet"]))
    up_to_it = promises[: promises.index(unmet) + 1]

    def wanted(one, promise):
        return promise == unmet or one == step and promise in up_to_it

    return check(folder, step, wanted=wanted)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong["name"])
def test_a_mistake_gets_the_sentence_that_helps(wrong, project_of):
    verdict = judged(wrong, broken(wrong, project_of(wrong["step"])))
    finding = verdict.finding
    assert finding, "the mistake was not noticed"
    said = f"{finding.happened} {finding.why}"
    assert verdict.unmet.promise.says.startswith(wrong["unmet"]), said
    assert wrong["says"] in said
    assert finding.pitfall == wrong["pitfall"], said
    if "line" in wrong:
        assert wrong["line"] in finding.code, finding
        assert finding.place.path.startswith("chat_")
    assert "/tmp" not in said and os.sep + "workshop-check" not in said
    assert "Traceback" not in said


def test_at_least_25_mistakes_are_tried_and_most_are_pitfalls():
    assert len(WRONG) >= 25
    named = {pitfalls.find(wrong["pitfall"]).id for wrong in WRONG if wrong["pitfall"]}
    assert len(named) >= 20
