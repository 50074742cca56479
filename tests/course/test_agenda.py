"""The agendas add up, use real pages with the right minutes, and have enough breaks."""

import re
from dataclasses import dataclass

import pytest
from doc_pages import DOCS

from workshop.course import catalog, teaching

LONGEST_WITHOUT_BREAK = 75
ROW = re.compile(
    r"^\| (\d+):(\d\d) \| (?:\[(.+?)\]\(\.\./(.+?)\)|\*(.+?)\*|The end) \| \**(\d+)\**"
)
LEAST_BUFFER = 0.15
PAUSES = ("Break", "Lunch")
LENGTHS = {
    "90 minutes": 90,
    "Half a day: Part I": 240,
    "A full day: Part II": 420,
    "Two days: the first": 420,
    "Two days: the second": 420,
}
LAST_DAYS = ("A full day: Part II", "Two days: the second")


@dataclass(frozen=True)
class Row:
    """One line of a timetable. Breaks, the welcome and similar rows have no page."""

    start: int
    title: str
    page: str
    minutes: int


def rows(heading):
    """Return the timetable below `heading`, with its last line separately."""
    text = (DOCS / "instructors" / "agenda.md").read_text("utf-8")
    section = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = []
    for line in section.splitlines():
        if match := ROW.match(line):
            hours, minutes, title, page, other, length = match.groups()
            start = 60 * int(hours) + int(minutes)
            found.append(Row(start, title or other or "", page or "", int(length)))
    *timetable, end = found
    return timetable, end


def parts():
    """Return {(title, page): minutes} for everything that can be taught."""
    course = teaching.load()
    found = {}
    for checkpoint in catalog.load():
        page = f"chapters/{checkpoint.page}.md"
        for exercise in course.exercises:
            if exercise.checkpoint == checkpoint.slug and not exercise.extra:
                found[f"Exercise: {exercise.title}", f"{page}#exercises"] = exercise.minutes
        found[checkpoint.heading, page] = checkpoint.live
    return found


def test_there_are_agendas_for_90_minutes_half_a_day_a_full_day_and_two_days():
    text = (DOCS / "instructors" / "agenda.md").read_text("utf-8")
    timetables = re.findall(r"^## (.+)\n\n\| From \|", text, re.MULTILINE)
    assert timetables == list(LENGTHS)


@pytest.mark.parametrize(("heading", "length"), LENGTHS.items())
def test_the_minutes_add_up_to_the_length_without_a_gap(heading, length):
    timetable, end = rows(heading)
    now = 0
    for row in timetable:
        assert row.start == now, row
        assert row.minutes > 0
        now += row.minutes
    assert now == end.start == end.minutes == length


@pytest.mark.parametrize("heading", LENGTHS)
def test_each_row_is_a_part_of_the_course_with_its_minutes_and_its_page(heading):
    known = parts()
    taught = [row for row in rows(heading)[0] if row.page]
    assert len(taught) >= 3
    for row in taught:
        assert known[row.title, row.page] == row.minutes, row
        assert (DOCS / row.page.partition("#")[0]).is_file()
    pages = [row.page for row in taught]
    assert len(set(pages)) == len(pages)
    chapters = [page for page in pages if page.startswith("chapters/")]
    assert chapters == sorted(chapters)


@pytest.mark.parametrize("heading", LENGTHS)
def test_no_stretch_without_a_break_is_longer_than_75_minutes(heading):
    since = 0
    for row in rows(heading)[0]:
        since = 0 if row.title in PAUSES else since + row.minutes
        if not row.title.startswith("Closing"):
            assert since <= LONGEST_WITHOUT_BREAK, row


def blocks(heading):
    """Return the rows of each block between breaks, without the closing."""
    found = [[]]
    for row in rows(heading)[0]:
        if row.title in PAUSES:
            found.append([])
        elif not row.title.startswith("Closing"):
            found[-1].append(row)
    return found


@pytest.mark.parametrize("heading", LENGTHS)
def test_each_block_ends_with_a_buffer_of_15_percent(heading):
    for block in blocks(heading):
        *taught, last = block
        assert last.title == "Buffer", block
        assert last.minutes >= LEAST_BUFFER * sum(row.minutes for row in taught), block


def test_the_90_minutes_end_with_phones_that_chat():
    *_, phones, buffer, closing = rows("90 minutes")[0]
    assert phones.title.startswith("Phones")
    assert (buffer.title, closing.title[:7]) == ("Buffer", "Closing")


def chapters_of(*headings):
    """Return the numbers of the chapters in the timetables."""
    pages = [row.page for heading in headings for row in rows(heading)[0]]
    found = [page[9:11] for page in pages if page.startswith("chapters/") and "#" not in page]
    return [number for number in found if number.isdigit()]


def test_half_a_day_is_part_1_a_full_day_part_2_and_two_days_are_both():
    steps = [checkpoint for checkpoint in catalog.load() if checkpoint.number]
    numbers = [step.number for step in steps]
    _, second = (numbers.index(step.number) for step in steps if step.part)
    assert chapters_of("Half a day: Part I") == numbers[:second]
    assert chapters_of("A full day: Part II") == numbers[second:]
    assert chapters_of("Two days: the first", "Two days: the second") == numbers


@pytest.mark.parametrize("heading", LAST_DAYS)
def test_a_last_day_has_an_exercise_after_each_hour_and_ends_with_chaos(heading):
    taught = 0
    *timetable, chaos, _, _ = rows(heading)[0]
    for row in timetable:
        if row.title not in (*PAUSES, "Buffer"):
            taught = 0 if row.title.startswith("Exercise") else taught + row.minutes
        assert taught <= 60, row
    assert chaos.title.startswith("Chaos")


@pytest.mark.parametrize("heading", LENGTHS)
def test_an_agenda_begins_with_the_set_up_and_ends_with_feedback(heading):
    timetable, _ = rows(heading)
    assert timetable[0].title.startswith("Welcome")
    assert timetable[-1].title.startswith("Closing")


def test_live_coding_takes_as_long_as_the_chapters():
    text = (DOCS / "instructors" / "live-coding.md").read_text("utf-8")
    for (title, page), minutes in parts().items():
        if page.startswith("chapters/") and "#" not in page:
            assert f"## {title} ({minutes} minutes)" in text
