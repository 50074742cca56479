"""The registry of pitfalls is complete, and has no duplicates."""

import ast
import re
from pathlib import Path

import pytest

import channels_doctor
from channels_doctor import pitfalls
from channels_doctor.errors import InvalidArgument
from channels_doctor.finding import finding

ALL = pitfalls.load()
each = pytest.mark.parametrize("pitfall", ALL, ids=lambda one: one.id)


def test_ids_are_consecutive_and_titles_differ():
    assert len(ALL) > 70
    assert [one.id for one in ALL] == [f"P{number:02}" for number in range(1, len(ALL) + 1)]
    assert len({one.title for one in ALL}) == len(ALL)


@each
def test_every_entry_is_complete(pitfall):
    assert pitfall.kind in pitfalls.CLASSES
    assert pitfall.severity in pitfalls.SEVERITIES
    assert set(pitfall.found_by) <= set(pitfalls.WAYS)
    assert len(pitfall.title) <= 70 and not pitfall.title.endswith(".")
    for text in (pitfall.why, pitfall.fix.text, pitfall.find, pitfall.versions):
        assert text and text == text.strip()
    assert all(re.fullmatch(r"(django|redis)/[\w-]+#\d+", one) for one in pitfall.references)


@each
def test_every_symptom_says_where_and_when_it_shows(pitfall):
    assert pitfall.symptoms
    cases = [symptom.case for symptom in pitfall.symptoms if symptom.case]
    assert len(cases) == len(set(cases))
    for symptom in pitfall.symptoms:
        assert symptom.text and symptom.when
        assert symptom.where in pitfalls.PLACES
        assert (symptom.where == "nowhere") == symptom.text.startswith("No error: ")


def test_what_the_doctor_finds_has_a_rank_of_its_own():
    ranks = sorted(pitfall.rank for pitfall in ALL if pitfall.found_by)
    assert ranks == list(range(1, len(ranks) + 1))
    assert all(pitfall.rank is None for pitfall in ALL if not pitfall.found_by)


def test_a_placeholder_without_a_value_is_an_error():
    with pytest.raises(ValueError, match="needs these values: alias, backend"):
        finding("P04", "No such class.", values={"backend": "mine.Layer"})
    with pytest.raises(ValueError, match="needs these values: none"):
        finding("P02", "No daphne.", values={"backend": "mine.Layer"})
    filled = finding("P20", "Not awaited.", values={"coroutine": "Mine.group_add"})
    assert filled.symptom.text == "RuntimeWarning: coroutine 'Mine.group_add' was never awaited"


def test_no_symptom_shows_a_placeholder():
    for pitfall in ALL:
        for symptom in pitfall.symptoms:
            assert not re.search(r"\{\w*\}", symptom.text)


def calls_of_finding():
    """Yield each call of `finding` in the doctor's source whose id and case are written there."""
    for path in sorted(Path(channels_doctor.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "finding"):
                continue
            options = {keyword.arg: keyword.value for keyword in node.keywords}
            case = options.get("case", ast.Constant(""))
            values = options.get("values", ast.Dict([], []))
            if "message" in options or not isinstance(values, ast.Dict):
                continue
            if isinstance(node.args[0], ast.Constant) and isinstance(case, ast.Constant):
                names = {key.value for key in values.keys}
                yield f"{path.name}:{node.lineno}", node.args[0].value, case.value, names


def test_every_rule_fills_the_placeholders_of_its_symptom():
    calls = list(calls_of_finding())
    assert len(calls) > 30
    for place, name, case, names in calls:
        assert names == pitfalls.find(name).symptom(case).placeholders, place


@each
def test_every_fix_is_a_unified_diff(pitfall):
    lines = pitfall.fix.diff.splitlines()
    assert lines[0].startswith("--- a/") and lines[1].startswith("+++ b/")
    assert lines[0].removeprefix("--- a/") == lines[1].removeprefix("+++ b/")
    assert lines[2] == "@@"
    assert any(line.startswith("+") for line in lines[3:])
    assert all(line[:1] in (" ", "+", "-") or line == "@@" or not line for line in lines[2:])


@pytest.mark.parametrize("name", ["P01", "p01", "p1", "1", "01", " P1 "])
def test_a_pitfall_is_found_by_its_number(name):
    assert pitfalls.find(name) is ALL[0]


@pytest.mark.parametrize("name", ["P0", "P999", "redis", ""])
def test_an_unknown_one_is_refused_in_a_sentence(name):
    with pytest.raises(InvalidArgument, match="There is no pitfall called"):
        pitfalls.find(name)


def test_it_points_to_the_page_in_one_way():
    assert ALL[0].page == "pitfalls/p01/"


def test_a_reference_leads_to_its_issue():
    url = "https://github.com/django/channels_redis/issues/422"
    assert pitfalls.reference_url("django/channels_redis#422") == url
