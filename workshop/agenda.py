"""What to teach in the time that there is, worked out from `steps/course.toml`.

A chapter's minutes are what a learner takes; its exercises are part of them, and can be left out
on their own. Parts go in by their worth until the time is full, and are held in the course's order.
"""

from dataclasses import dataclass
from pathlib import Path

from workshop import course, teaching
from workshop.teaching import Length, Teaching


@dataclass(frozen=True)
class Part:
    """Something that can be taught or left out. `page` is its page on the docs site."""

    key: str
    title: str
    minutes: int
    page: str


@dataclass(frozen=True)
class Row:
    """One line of a timetable: from which minute on, what, how long. Breaks have no page."""

    start: int
    title: str
    minutes: int
    page: str = ""


@dataclass(frozen=True)
class Agenda:
    """A workshop of `minutes`: its timetable, and what it leaves out."""

    name: str
    minutes: int
    rows: tuple[Row, ...]
    left_out: tuple[Part, ...]


def parts(root: Path = course.ROOT) -> list[Part]:
    """Return all that can be taught, in the course's order."""
    told = teaching.load(root)
    found = []
    for one in course.load(root):
        if not one.number:
            continue
        page = f"chapters/{one.slug}.md"
        exercises = [exercise for exercise in told.exercises if exercise.checkpoint == one.slug]
        practice = sum(exercise.minutes for exercise in exercises)
        found.append(Part(one.slug, f"{one.number} {one.title}", one.minutes - practice, page))
        if exercises:
            title = f"Exercise: {', '.join(exercise.title for exercise in exercises)}"
            found.append(Part(f"{one.slug} exercises", title, practice, f"{page}#exercises"))
    for one in told.tour:
        found.append(Part(one.slug, f"Tour: {one.title}", one.minutes, f"tour/{one.slug}.md"))
    return found


def agendas(root: Path = course.ROOT) -> list[Agenda]:
    """Return the agenda for every length that `course.toml` names."""
    told = teaching.load(root)
    return [_planned(length, told, parts(root)) for length in told.lengths]


def _planned(length: Length, told: Teaching, everything: list[Part]) -> Agenda:
    chosen: set[str] = set()
    for key in told.worth:
        wanted = chosen | {key}
        rows = _timetable(length, told, [one for one in everything if one.key in wanted])
        if _end(rows) <= length.minutes:
            chosen = wanted
    rows = _timetable(length, told, [one for one in everything if one.key in chosen])
    return Agenda(
        name=length.name,
        minutes=length.minutes,
        rows=tuple(_filled(rows, length.minutes)),
        left_out=tuple(one for one in everything if one.key not in chosen),
    )


def _timetable(length: Length, told: Teaching, chosen: list[Part]) -> list[Row]:
    """Return the rows for the parts `chosen`, with a break wherever people would sit too long."""
    rows, since = [Row(0, "Welcome, and is everybody set up?", length.welcome)], length.welcome
    half = (length.minutes - length.lunch) / 2
    lunch_is_due = bool(length.lunch)
    for part in chosen:
        if lunch_is_due and _end(rows) + part.minutes / 2 > half:
            rows.append(Row(_end(rows), "Lunch", length.lunch))
            since, lunch_is_due = 0, False
        elif since + part.minutes > told.longest_without_break:
            rows.append(Row(_end(rows), "Break", length.rest))
            since = 0
        rows.append(Row(_end(rows), part.title, part.minutes, part.page))
        since += part.minutes
    return [*rows, Row(_end(rows), "Closing: what you can do now, and feedback", length.closing)]


def _filled(rows: list[Row], minutes: int) -> list[Row]:
    """Give what is left over to questions, before the closing."""
    left = minutes - _end(rows)
    if not left:
        return rows
    *before, closing = rows
    questions = Row(closing.start, "Questions", left)
    return [*before, questions, Row(closing.start + left, closing.title, closing.minutes)]


def _end(rows: list[Row]) -> int:
    return rows[-1].start + rows[-1].minutes
