"""A step is divided into stations: parts to build and failures to see."""

import pytest

from channels_doctor import pitfalls
from workshop.course import catalog
from workshop.learner.check import MET, UNMET, CheckResult, Judged
from workshop.learner.findings import Explanation
from workshop.learner.screen import Screen

DIVIDED = [step for step in catalog.steps() if step.stations]


def test_each_step_from_the_first_consumer_on_is_divided():
    assert DIVIDED == catalog.steps()[2:]


@pytest.mark.parametrize("step", DIVIDED, ids=lambda step: step.slug)
def test_each_goal_has_a_station_and_each_station_is_built_or_seen(step):
    titles = [station.title for station in step.stations]
    built = {station.title for station in step.stations if not station.see}
    assert [goal.says for goal in step.goals if goal.station not in built] == []
    assert {goal.station for goal in step.goals} == built
    order = [titles.index(goal.station) for goal in step.goals]
    assert order == sorted(order), "the goals come in the order of their stations"


@pytest.mark.parametrize("step", DIVIDED, ids=lambda step: step.slug)
def test_a_failure_to_see_comes_before_something_to_build(step):
    assert not step.stations[-1].see
    assert all(pitfalls.find(one.pitfall) for one in step.stations if one.pitfall)


@pytest.mark.parametrize("step", DIVIDED, ids=lambda step: step.slug)
def test_stations_fit_into_the_step(step):
    assert all(2 <= station.minutes <= 10 for station in step.stations)
    assert sum(station.minutes for station in step.stations) <= step.minutes


def verdict_at(step, number, **found):
    """Return a verdict on `step` in which goal `number` is the first unmet one."""
    judged = [Judged(step, goal, MET) for goal in step.goals[:number]]
    judged += [Judged(step, goal, UNMET) for goal in step.goals[number:]]
    return CheckResult(step, tuple(judged), Explanation("It failed.", **found))


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


def number_of_the_next_goal(step, place):
    """Return the number of the first goal after the station at `place`."""
    later = {station.title for station in step.stations[place + 1 :]}
    return next((n for n, goal in enumerate(step.goals) if goal.station in later), None)


BEFORE_GOALS = [
    (step, before, number)
    for step in DIVIDED
    for place, before in enumerate(step.stations)
    for number in [number_of_the_next_goal(step, place)]
    if before.see
]


@pytest.mark.parametrize(
    ("step", "station", "number"), BEFORE_GOALS, ids=lambda value: getattr(value, "title", None)
)
def test_each_failure_to_see_is_shown_unless_something_else_is_wrong(capsys, step, station, number):
    def said(**found):
        Screen(None, "my-chat").verdict(verdict_at(step, number, **found), catalog.steps())
        output = capsys.readouterr().out
        assert max(map(len, output.splitlines())) <= 80
        return " ".join(output.split())

    assert station.see in said()
    assert station.see in said(rule="difference")
    assert "See first" not in said(rule="misspelt-type")
    other = next(one.id for one in pitfalls.load() if one.id != station.pitfall)
    assert "See first" not in said(pitfall=other)
    if station.pitfall:
        assert station.see in said(pitfall=station.pitfall)
