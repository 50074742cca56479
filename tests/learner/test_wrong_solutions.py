"""Each mistake gets a message with its name, place and pitfall."""

import os
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from channels_doctor import pitfalls
from workshop.course import catalog
from workshop.learner.check import MET, UNMET, Judged, check, so_far
from workshop.learner.screen import Screen

pytestmark = pytest.mark.slow

ROWS = 22  # in a terminal, besides the command and the next prompt

WRONG = tomllib.loads((Path(__file__).parent / "wrong.toml").read_text("utf-8"))["wrong"]


def broken(wrong, folder):
    if "rename" in wrong:
        before, after = wrong["rename"]
        (folder / before).rename(folder / after)
    if "create" in wrong:
        name, text = wrong["create"]
        (folder / name).write_text(text, "utf-8")
    if "file" in wrong:
        edit(wrong, folder / wrong["file"])
    return folder


def edit(wrong, path):
    text = path.read_text("utf-8")
    for old, new in (("old", "new"), ("old2", "new2")):
        if old in wrong:
            assert wrong[old] in text
            text = text.replace(wrong[old], wrong[new])
    path.write_text(text + wrong.get("append", ""), "utf-8")


def judged(wrong, folder):
    """Check the step's goals up to the one that should be the first unmet goal."""
    step = catalog.find(wrong["step"])
    goals = [goal for one in so_far(step) for goal in one.goals]
    unmet = next(one for one in goals if one.says.startswith(wrong["unmet"]))
    up_to_it = goals[: goals.index(unmet) + 1]

    def wanted(one, goal):
        return goal == unmet or one == step and goal in up_to_it

    return check(folder, step, wanted=wanted)


def lines_on_the_screen(verdict, capsys):
    """Count the lines of a check's verdict, as if all of the step's goals had been checked."""
    goals = list(verdict.step.goals)
    unmet = verdict.unmet.goal
    place = goals.index(unmet) if unmet in goals else -1
    judged = [Judged(verdict.step, goal, MET) for goal in goals[:place]]
    judged += [Judged(verdict.step, goal, UNMET) for goal in goals[place:]]
    screen = Screen("my-chat", "my-chat")
    capsys.readouterr()
    screen.project(Path("my-chat"))
    screen.verdict(replace(verdict, judged=tuple(judged)), catalog.steps())
    return len(capsys.readouterr().out.splitlines())


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong["name"])
def test_a_mistake_gets_the_sentence_that_helps(wrong, project_of, capsys):
    verdict = judged(wrong, broken(wrong, project_of(wrong["step"])))
    finding = verdict.finding
    assert finding, "the mistake was not noticed"
    said = f"{finding.happened} {finding.why}"
    assert verdict.unmet.goal.says.startswith(wrong["unmet"]), said
    assert wrong["says"] in said
    assert finding.pitfall == wrong["pitfall"], said
    if "line" in wrong:
        assert wrong["line"] in finding.code, finding
        assert finding.place.path.startswith("chat_")
    if "path" in wrong:
        assert finding.place.path == wrong["path"]
    assert lines_on_the_screen(verdict, capsys) <= ROWS
    assert "/tmp" not in said and os.sep + "workshop-check" not in said
    assert "Traceback" not in said


def test_at_least_25_mistakes_are_tried_and_most_are_pitfalls():
    assert len(WRONG) >= 25
    named = {pitfalls.find(wrong["pitfall"]).id for wrong in WRONG if wrong["pitfall"]}
    assert len(named) >= 20
