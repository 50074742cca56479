"""What pages say about the course itself: minutes, steps, promises, exercises."""

from pathlib import Path

from workshop import course, teaching
from workshop.docs_site.sources import NotFound

NEEDS = {"redis": "a Redis server", "browser": "Chromium, Chrome or Edge for its browser tests"}


def minutes(root: Path, name: str) -> list[str]:
    """Return a line with how long a chapter or a page of the tour takes, and what it needs."""
    for one in teaching.load(root).tour:
        if one.slug == name:
            return [f":material-clock-outline: {one.minutes} minutes", "{ .minutes }"]
    one = course.find(name, root)
    practice = sum(exercise.minutes for exercise in _exercises(root, one.slug))
    words = f":material-clock-outline: {one.minutes} minutes"
    words += f", {practice} of them for the exercise" if practice else ""
    needs = " and ".join(NEEDS[need] for need in one.needs)
    words += f" · needs {needs}" if needs else ""
    return [words, "{ .minutes }"]


def steps(root: Path) -> list[str]:
    """Return the table of the chapters, with their minutes."""
    rows = ["| Number | Chapter | Minutes |", "|---|---|--:|"]
    for one in course.load(root):
        if one.number:
            rows.append(f"| {one.number} | [{one.title}]({one.slug}.md) | {one.minutes} |")
    total = sum(one.minutes for one in course.load(root) if one.number)
    return [*rows, f"| | All five | {total} |"]


def promises(root: Path, step: str) -> list[str]:
    """Return what `check` will test of a checkpoint, as a list of sentences."""
    return [f"- {one.says}." for one in course.find(step, root).promises]


def exercises(root: Path, step: str) -> list[str]:
    """Return the heading of a checkpoint's exercise. Raises NotFound where it has none."""
    checkpoint = course.find(step, root)
    found = _exercises(root, checkpoint.slug)
    if not found:
        raise NotFound(f"{checkpoint.slug} has no exercise")
    return [f"### {found[0].title} ({found[0].minutes} minutes)"]


def _exercises(root: Path, slug: str) -> list[teaching.Exercise]:
    return [one for one in teaching.load(root).exercises if one.checkpoint == slug]
