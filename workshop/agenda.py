"""What to teach in the time that there is, worked out from `steps/course.toml`.

A chapter's minutes are what a learner takes; its exercises are part of them, and can be left out on
their own. The parts go in by their worth until the time is full, and are held in the course's order.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from workshop import course


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
    found = []
    for one in course.load(root):
        if not one.number:
            continue
        page = f"chapters/{one.slug}.md"
        practice = sum(exercise["minutes"] for exercise in one.exercises)
        found.append(Part(one.slug, f"{one.number} {one.title}", one.minutes - practice, page))
        if practice:
            names = ", ".join(exercise["title"] for exercise in one.exercises)
            title = f"Exercise: {names}"
            found.append(Part(f"{one.slug} exercises", title, practice, f"{page}#exercises"))
    for one in course.load_tour(root):
        found.append(Part(one.slug, f"Tour: {one.title}", one.minutes, f"tour/{one.slug}.md"))
    return found


def agendas(root: Path = course.ROOT) -> list[Agenda]:
    """Return the agenda for every length that `course.toml` names."""
    told = tomllib.loads((root / "steps" / "course.toml").read_text(encoding="utf-8"))
    return [_planned(entry, told["teaching"], parts(root)) for entry in told["agenda"]]


def _planned(entry: dict, teaching: dict, everything: list[Part]) -> Agenda:
    chosen: set[str] = set()
    for key in teaching["worth"]:
        wanted = chosen | {key}
        rows = _timetable(entry, teaching, [one for one in everything if one.key in wanted])
        if _end(rows) <= entry["minutes"]:
            chosen = wanted
    rows = _timetable(entry, teaching, [one for one in everything if one.key in chosen])
    return Agenda(
        name=entry["name"],
        minutes=entry["minutes"],
        rows=tuple(_filled(rows, entry["minutes"])),
        left_out=tuple(one for one in everything if one.key not in chosen),
    )


def _timetable(entry: dict, teaching: dict, chosen: list[Part]) -> list[Row]:
    """Return the rows for the parts `chosen`, with a break wherever people would sit too long."""
    rows, since = [Row(0, "Welcome, and is everybody set up?", entry["welcome"])], entry["welcome"]
    half = (entry["minutes"] - entry["lunch"]) / 2
    lunch_is_due = bool(entry["lunch"])
    for part in chosen:
        if lunch_is_due and _end(rows) + part.minutes / 2 > half:
            rows.append(Row(_end(rows), "Lunch", entry["lunch"]))
            since, lunch_is_due = 0, False
        elif since + part.minutes > teaching["longest_without_break"]:
            rows.append(Row(_end(rows), "Break", entry["break"]))
            since = 0
        rows.append(Row(_end(rows), part.title, part.minutes, part.page))
        since += part.minutes
    return [*rows, Row(_end(rows), "Closing: what you can do now, and feedback", entry["closing"])]


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
