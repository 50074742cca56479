"""The agendas add up, hold what matters, and let nobody sit too long."""

import pytest
from sources import DOCS

from workshop import agenda, course, teaching

AGENDAS = agenda.agendas()
TOLD = teaching.load()


def by_name(one):
    return one.name


def test_there_is_one_for_90_minutes_half_a_day_and_a_full_day():
    assert [one.minutes for one in AGENDAS] == [90, 240, 420]


@pytest.mark.parametrize("one", AGENDAS, ids=by_name)
def test_the_minutes_add_up_to_the_length_without_a_gap(one):
    assert sum(row.minutes for row in one.rows) == one.minutes
    at = 0
    for row in one.rows:
        assert row.start == at
        at += row.minutes
    assert all(row.minutes > 0 for row in one.rows)


@pytest.mark.parametrize("one", AGENDAS, ids=by_name)
def test_every_part_is_either_taught_or_named_as_left_out(one):
    taught = [row.title for row in one.rows if row.page]
    left_out = [part.title for part in one.left_out]
    assert sorted(taught + left_out) == sorted(part.title for part in agenda.parts())


@pytest.mark.parametrize("one", AGENDAS, ids=by_name)
def test_nobody_sits_longer_than_75_minutes(one):
    since = 0
    for row in one.rows:
        since = 0 if row.title in ("Break", "Lunch") else since + row.minutes
        if not row.title.startswith("Closing"):
            assert since <= TOLD.longest_without_break, row


@pytest.mark.parametrize("one", AGENDAS, ids=by_name)
def test_it_begins_with_the_set_up_and_ends_with_the_feedback(one):
    assert one.rows[0].title.startswith("Welcome")
    assert one.rows[-1].title.startswith("Closing")


def test_the_shortest_reaches_redis_and_the_longest_leaves_nothing_out():
    assert any(row.title.startswith("04 ") for row in AGENDAS[0].rows)
    assert AGENDAS[-1].left_out == ()
    assert any(row.title == "Lunch" for row in AGENDAS[-1].rows)


def test_the_minutes_of_the_parts_are_those_of_the_course():
    minutes = {}
    for part in agenda.parts():
        key = part.key.removesuffix(" exercises")
        minutes[key] = minutes.get(key, 0) + part.minutes
    for one in course.load():
        if one.number:
            assert minutes[one.slug] == one.minutes
    final = next(one for one in course.load() if not one.number)
    assert sum(one.minutes for one in TOLD.tour) == final.minutes


def test_everything_that_can_be_taught_has_a_worth_and_a_page():
    assert sorted(TOLD.worth) == sorted(part.key for part in agenda.parts())
    for part in agenda.parts():
        assert (DOCS / part.page.partition("#")[0]).is_file()


def test_the_live_coding_takes_as_long_as_the_chapters_on_the_agenda():
    text = (DOCS / "instructors" / "live-coding.md").read_text("utf-8")
    for part in agenda.parts():
        if part.page.startswith("chapters/") and not part.key.endswith(" exercises"):
            assert f"## {part.title} ({part.minutes} minutes)" in text


def test_an_agenda_follows_the_minutes_in_course_toml(tmp_path):
    text = (course.ROOT / "steps" / "course.toml").read_text("utf-8")
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "course.toml").write_text(text.replace("minutes = 45", "minutes = 55"))
    shortest = agenda.agendas(tmp_path)[0]
    assert sum(row.minutes for row in shortest.rows) == 90
    assert "04 Redis between processes" in [part.title for part in shortest.left_out]
