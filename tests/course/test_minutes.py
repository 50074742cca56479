"""The minutes of a chapter follow one formula: reading, typing, trying.

It was fitted to how long learners took for chapters 01 to 05: 20, 25, 65, 25 and 80 minutes.
"""

import difflib
import re
from collections import Counter

import pytest
from doc_pages import blocks, directives, pages

from workshop.course import catalog, teaching
from workshop.docs_site import notes

WORDS_PER_MINUTE = 100  # with thought, and with a look at the code that they are about
MINUTES_PER_LINE = 0.35
MINUTES_PER_TRY = 1
MEASURED = {"01": 20, "02": 25, "03": 65, "04": 25, "05": 80}
TOLERANCE = 4  # a few words more do not change the minutes, which are multiples of five
COPIED = ("tests/", "chat_app/migrations/")  # `check` brings the ones, Django writes the others
NOT_TYPED = (".css", ".svg", ".md")

FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
NOT_READ = re.compile(r"^ *```.*?^ *```$|<!--.*?-->|^ *\{\{ .*? \}\}$|\]\([^)]*\)", re.S | re.M)

STEPS = [step for step in catalog.load() if step.number]
EXERCISES = {one.checkpoint: one for one in reversed(teaching.load().exercises) if not one.extra}


def page_of(step):
    return f"chapters/{step.page}.md"


def words(step):
    """Count the words on a chapter's page and in its goals, without code and speaker's notes."""
    text = NOT_READ.sub("", FRONT.sub("", notes.without(pages()[page_of(step)])))
    goals = " ".join(f"{goal.says} {goal.expects}" for goal in step.goals)
    return len(re.findall(r"\w+", text)) + len(re.findall(r"\w+", goals))


def lines(step):
    """Count the lines that a learner types: the step's new lines and those of its first exercise.

    A line that has moved from one file to another is copied.
    """
    before = STEPS[STEPS.index(step) - 1] if step is not STEPS[0] else None
    added, removed = Counter(), Counter()
    for path in (*step.added, *step.changed):
        if not path.startswith(COPIED) and not path.endswith(NOT_TYPED):
            for line in difflib.ndiff(lines_in(before, path), lines_in(step, path)):
                added[line[2:].strip()] += line.startswith("+ ")
                removed[line[2:].strip()] += line.startswith("- ")
    del added[""]
    return (added - removed).total() + lines_of_solution(step)


def lines_in(step, path):
    file = step.folder / path
    return file.read_text("utf-8").splitlines() if file.is_file() else []


def lines_of_solution(step):
    exercise = EXERCISES[step.slug]
    patch = (exercise.folder() / f"{exercise.slug}.diff").read_text("utf-8").splitlines()
    return sum(re.match(r"\+(?!\+\+ ).*\S", line) is not None for line in patch)


def tries(step):
    """Count what a learner tries and looks at: commands, output, goals and stations."""
    commands = [
        line
        for block in blocks()
        if block.page == page_of(step) and block.head.startswith("console")
        for line in block.lines
        if line.strip()
    ]
    outputs = [name for name, _ in directives(page_of(step)) if name == "output"]
    return len(commands) + len(outputs) + len(step.goals) + len(step.stations)


def minutes(step):
    read = words(step) / WORDS_PER_MINUTE
    return read + MINUTES_PER_LINE * lines(step) + MINUTES_PER_TRY * tries(step)


def test_the_minutes_of_the_last_chapter_follow_from_what_is_read_and_tried():
    final = catalog.load()[-1]
    [exercise] = re.findall(r"^### .* \((\d+) minutes\)$", pages()[page_of(final)], re.MULTILINE)
    counted = words(final) / WORDS_PER_MINUTE + MINUTES_PER_TRY * tries(final) + int(exercise)
    assert final.minutes % 5 == 0
    assert abs(final.minutes - counted) <= TOLERANCE, f"{counted:.1f} minutes"


def by_number(step):
    return step.number


@pytest.mark.parametrize(("number", "measured"), MEASURED.items())
def test_the_formula_agrees_with_the_chapters_that_were_measured(number, measured):
    assert abs(minutes(catalog.find(number)) - measured) < 2.5


@pytest.mark.parametrize("step", STEPS, ids=by_number)
def test_the_minutes_of_a_chapter_follow_from_what_is_read_typed_and_tried(step):
    assert step.minutes % 5 == 0
    counted = f"{words(step)} words, {lines(step)} lines, {tries(step)} things to try"
    assert abs(step.minutes - minutes(step)) <= TOLERANCE, f"{counted}: {minutes(step):.1f} minutes"


@pytest.mark.parametrize("step", STEPS, ids=by_number)
def test_live_coding_takes_no_longer_than_a_learner_without_the_exercise(step):
    assert step.live % 5 == 0
    assert 10 <= step.live <= step.minutes - EXERCISES[step.slug].minutes
