"""Blocks with facts about the course: how to get it, minutes, steps, goals and exercises."""

from pathlib import Path

from mkdocs.utils.yaml import yaml_load

from workshop.course import catalog, teaching
from workshop.docs_site.pages import slides as slide_pages
from workshop.docs_site.sources import NotFound

NEEDS = {"redis": "a Redis server", "browser": "Chromium, Chrome or Edge for its browser tests"}


def clone(root: Path) -> list[str]:
    """Return the commands that get the workshop and start a project, as a block."""
    url = yaml_load((root / "mkdocs.yml").read_text("utf-8"))["extra"]["repository"]
    folder = url.rpartition("/")[2].removesuffix(".git")
    return ["```console", f"git clone {url}", f"cd {folder}", "python3 -m workshop start", "```"]


def minutes(root: Path, name: str) -> list[str]:
    """Return a line with how long a chapter takes, and what it needs."""
    step = catalog.find(name, root)
    practice = sum(one.minutes for one in _exercises(root, step.slug) if not one.extra)
    words = f":material-clock-outline: {step.minutes} minutes"
    words += f", {practice} of them for the exercise" if practice else ""
    needs = " and ".join(NEEDS[need] for need in step.needs)
    words += f" · needs {needs}" if needs else ""
    return [words, "{ .minutes }"]


def steps(root: Path) -> list[str]:
    """Return the table of the chapters, by part, with their minutes."""
    rows = ["| Number | Chapter | Minutes |", "|---|---|--:|"]
    for step in (checkpoints := catalog.load(root)):
        if step.part:
            rows.append(f"| | **{step.part}** | |")
        title = step.chapter or step.title
        rows.append(f"| {step.number} | [{title}]({step.page}.md) | {step.minutes} |")
    total = sum(step.minutes for step in checkpoints)
    return [*rows, f"| | All chapters | {total} |"]


def slides(root: Path) -> list[str]:
    """Return a list of links to each chapter's slides."""
    steps = slide_pages.written(root)
    return [f"- [{step.heading}](../slides/{step.page}.md)" for step in steps]


def strip(root: Path, step: str) -> list[str]:
    """Return a progress bar for the slides that shows where in the course a step is."""
    here = catalog.find(step, root)
    lines, kind = ['<div class="course-strip" role="list">'], "done"
    for other in (other for other in catalog.load(root) if other.number):
        kind = "here" if other == here else "later" if kind != "done" else "done"
        mark = ' aria-current="step"' if kind == "here" else ""
        words = f"<b>{other.number}</b> {other.title}"
        lines.append(f'<span role="listitem" class="{kind}"{mark}>{words}</span>')
    return [*lines, "</div>"]


def goals(root: Path, step: str) -> list[str]:
    """Return the goals of a checkpoint, which `check` tests, as a list of sentences."""
    return [f"- {goal.says}." for goal in catalog.find(step, root).goals]


def exercises(root: Path, step: str, slug: str = "") -> list[str]:
    """Return the heading of a checkpoint's exercise `slug`, or of its first exercise.

    The first one is followed by how to check solutions. Raises NotFound if there are no exercises.
    """
    checkpoint = catalog.find(step, root)
    exercises = _exercises(root, checkpoint.slug)
    found = [exercise for exercise in exercises if slug in ("", exercise.slug)]
    if not found:
        raise NotFound(f"{checkpoint.slug} has no exercise {slug}".rstrip())
    command = f"`python3 -m workshop check --exercise --step {checkpoint.number}`"
    heading = f"### {found[0].title} ({found[0].minutes} minutes)"
    is_first = found[0] is exercises[0]
    return [heading, "", f"To check your solution, run {command}."] if is_first else [heading]


def _exercises(root: Path, slug: str) -> list[teaching.Exercise]:
    exercises = teaching.load(root).exercises
    return [exercise for exercise in exercises if exercise.checkpoint == slug]
