"""The registry of pitfalls is whole, and says each thing once."""

import re

import pytest

from workshop import pitfalls
from workshop.errors import UsageError

ALL = pitfalls.load()
each = pytest.mark.parametrize("pitfall", ALL, ids=lambda one: one.id)


def test_it_holds_all_55_in_order():
    assert [one.id for one in ALL] == [f"P{number:02}" for number in range(1, 56)]
    assert len({one.title for one in ALL}) == 55


@each
def test_every_entry_is_complete(pitfall):
    assert pitfall.kind in pitfalls.CLASSES
    assert pitfall.severity in pitfalls.SEVERITIES
    assert set(pitfall.found_by) <= set(pitfalls.WAYS)
    assert len(pitfall.title) <= 70 and not pitfall.title.endswith(".")
    for text in (pitfall.why, pitfall.mend.text, pitfall.find, pitfall.versions):
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
        assert (symptom.where == "nowhere") == symptom.text.startswith("Nothing is said: ")


@each
def test_every_mend_is_a_unified_diff(pitfall):
    lines = pitfall.mend.diff.splitlines()
    assert lines[0].startswith("--- a/") and lines[1].startswith("+++ b/")
    assert lines[0].removeprefix("--- a/") == lines[1].removeprefix("+++ b/")
    assert lines[2] == "@@"
    assert any(line.startswith("+") for line in lines[3:])
    assert all(line[:1] in (" ", "+", "-") or line == "@@" or not line for line in lines[2:])


@pytest.mark.parametrize("name", ["P01", "p01", "p1", "1", "01", " P1 "])
def test_a_pitfall_is_found_by_its_number(name):
    assert pitfalls.find(name) is ALL[0]


@pytest.mark.parametrize("name", ["P56", "P99", "redis", ""])
def test_an_unknown_one_is_refused_in_a_sentence(name):
    with pytest.raises(UsageError, match="There is no pitfall called"):
        pitfalls.find(name)


def test_it_points_to_the_page_in_one_way():
    assert ALL[0].page == "pitfalls/p01/"
    assert pitfalls.pointer(ALL[0]) == "python3 -m workshop docs p01"
    assert pitfalls.explain_pointer(ALL[0]) == "python3 -m workshop doctor --explain P01"


def test_a_reference_leads_to_its_issue():
    url = "https://github.com/django/channels_redis/issues/422"
    assert pitfalls.reference_url("django/channels_redis#422") == url
