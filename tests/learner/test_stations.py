"""A step is divided into stations: parts to build, and failures to see."""

import pytest

from workshop.course import catalog
from workshop.learner.check import MET, UNMET, CheckResult, Judged
from workshop.learner.findings import Explanation
from workshop.learner.screen import Screen

DIVIDED = [step for step in catalog.steps() if step.stations]


def test_step_03_is_divided():
    assert "03-consumer" in [step.slug for step in DIVIDED]


@pytest.mark.parametrize("step", DIVIDED, ids=lambda step: step.slug)
def test_each_goal_has_a_station_and_each_station_is_built_or_seen(step):
    titles = [station.title for station in step.stations]
    built = {station.title for station in step.stations if not station.see}
    assert [goal.says for goal in step.goals if goal.station not in built] == []
    assert {goal.station for goal in step.goals} == built
    order = [titles.index(goal.station) for goal in step.goals]
    assert order == sorted(order), "the goals come in the order of their stations"


@pytest.mark.parametrize("step", DIVIDED, ids=lambda step: step.slug)
def test_stations_fit_into_the_step(step):
    assert all(2 <= station.minutes <= 10 for station in step.stations)
    assert sum(station.minutes for station in step.stations) <= step.minutes


def verdict_at(step, number):
    """Return a verdict on `step` whose goal of that number is the first unmet."""
    judged = [Judged(step, goal, MET) for goal in step.goals[:number]]
    judged += [Judged(step, goal, UNMET) for goal in step.goals[number:]]
    return CheckResult(step, tuple(judged), Explanation("It failed."))


def test_a_check_shows_the_goals_of_one_station_and_names_the_others(capsys):
    step = catalog.find("03")
    number = next(n for n, goal in enumerate(step.goals) if goal.station == "The group")
    Screen(None, "my-chat").verdict(verdict_at(step, number), catalog.steps())
    said = capsys.readouterr().out
    assert "met         Accept and echo" in said
    assert "Later: Validate each message, Route rules, Origin" in said
    assert all(goal.says in said for goal in step.goals if goal.station == "The group")
    assert step.goals[-1].says not in said


def test_what_is_to_be_seen_comes_before_the_next_goal(capsys):
    step = catalog.find("03")
    number = next(n for n, goal in enumerate(step.goals) if goal.station == "The group")
    Screen(None, "my-chat").verdict(verdict_at(step, number), catalog.steps())
    assert "See first" in capsys.readouterr().out
    Screen(None, "my-chat").verdict(verdict_at(step, number + 1), catalog.steps())
    assert "See first" not in capsys.readouterr().out
