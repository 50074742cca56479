"""Slides for each chapter, made from the chapter's own text.

They show the goals, what people will see, every diagram, the text between `<!-- slide -->` and
`<!-- /slide -->`, the check, an error message, an exercise with a timer, and the key points.
"""

import re
from pathlib import Path

from workshop.course import catalog, teaching
from workshop.docs_site import notes

OBJECTIVES, SEEN, KEY_POINTS, NEXT = (
    "What you will be able to do",
    "What you will see",
    "Key points",
    "What is next",
)
RUN, CHECK, TROUBLES = "Run it", "Check it", "What can go wrong"
CHECK_MINUTES = 5
HEADING = re.compile(r"^##+ (.+?)(?: \{.*\})?$")
FRONT = "---\ntitle: '{title}: slides'\ntemplate: slides.html\nsearch: {{ exclude: true }}\n---\n"
PICKED = re.compile(r"<!-- slide -->\n(.*?)<!-- /slide -->", re.DOTALL)
DIAGRAM = re.compile(r"^```mermaid\n.*?^```$", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"^\s*accTitle:\s*(.+)$", re.MULTILINE)
OUTPUT = re.compile(r"^\{\{ output \S+ \}\}$", re.MULTILINE)
ROW = re.compile(r"^\| (?P<message>.+?) \| (?P<why>.+?) \|$", re.MULTILINE)
SLIDE = '<section class="slide" markdown>\n\n{}\n\n</section>'
COLUMN = "<div markdown>\n\n{}\n\n</div>"
COLUMNS = f'<div class="columns" markdown>\n{COLUMN}\n{COLUMN}\n</div>'
TIMER = '<p class="timer" data-minutes="{}"></p>'
UNCHECKED = re.compile(r"^(?P<title>.+) \((?P<minutes>\d+) minutes\)$")  # an exercise's heading
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")


def pages(root: Path) -> dict[str, str]:
    """Return {path: Markdown} of each chapter's slides."""
    found = {}
    for step in written(root):
        text = (root / "docs" / "chapters" / f"{step.page}.md").read_text(encoding="utf-8")
        front = FRONT.format(title=step.heading)
        shown = "\n\n".join(of_chapter(step, text))
        found[f"slides/{step.page}.md"] = f"{front}\n{shown}\n"
    return found


def written(root: Path) -> list[catalog.Checkpoint]:
    """Return the checkpoints whose chapters have been written, in order."""
    place = root / "docs" / "chapters"
    return [step for step in catalog.load(root) if (place / f"{step.page}.md").is_file()]


def of_chapter(step: catalog.Checkpoint, chapter: str, level: int = 1) -> list[str]:
    """Return the slides for the Markdown text `chapter`; `level` is the first heading's."""
    parts = sections(chapter)
    strip = f"{{{{ strip {step.slug} }}}}"
    slides = [
        f"{'#' * level} {step.heading}\n\n{strip}\n\n{parts[OBJECTIVES]}",
        f"## {SEEN}\n\n{_beside(parts[SEEN], _seen(parts))}",
        *_marked(parts),
        f"## {CHECK}\n\n{_check() if step.goals else parts[CHECK]}",
        *_pitfall(parts),
        *_exercise(step, parts),
        f"## {KEY_POINTS}\n\n{_beside(parts[KEY_POINTS], _first_diagram(parts))}",
        f"## {NEXT}\n\n{strip}\n\n{parts[NEXT]}",
    ]
    return [SLIDE.format(LINK.sub(r"\1", slide).strip()) for slide in slides]


def sections(chapter: str) -> dict[str, str]:
    """Return the text below each heading of a chapter, without the speaker's notes."""
    found, heading, is_code = {"": []}, "", False
    for line in notes.without(chapter).splitlines():
        is_code ^= line.startswith("```")
        match = None if is_code else HEADING.match(line)
        if match:
            heading = match[1]
            found[heading] = []
        else:
            found[heading].append(line)
    return {name: "\n".join(lines) for name, lines in found.items()}


def _marked(parts: dict[str, str]) -> list[str]:
    """Return a slide for each diagram and each marked piece, in order."""
    slides = []
    for heading, text in parts.items():
        marks = [(found.start(), found[1], heading) for found in PICKED.finditer(text)]
        marks += [
            (found.start(), found[0], NAME.search(found[0])[1]) for found in DIAGRAM.finditer(text)
        ]
        slides += [f"## {name}\n\n{content}" for _, content, name in sorted(marks)]
    return slides


def _seen(parts: dict[str, str]) -> str:
    """Return the part that shows the result: a command's output in the chapter, or its diagram."""
    outputs = [found[0] for text in parts.values() for found in OUTPUT.finditer(text)]
    return outputs[-1] if outputs else _first_diagram(parts)


def _first_diagram(parts: dict[str, str]) -> str:
    return next(found[0] for text in parts.values() for found in DIAGRAM.finditer(text))


def _check() -> str:
    command = "```console\npython3 -m workshop check\n```"
    return f"{command}\n\n{TIMER.format(CHECK_MINUTES)}"


def _pitfall(parts: dict[str, str]) -> list[str]:
    """Return a slide with the first error message of the chapter's table."""
    rows = [row for row in ROW.finditer(parts[TROUBLES]) if "`" in row["message"]]
    if not rows:
        return []
    row = next((row for row in rows if "pitfalls/" in row["why"]), rows[0])
    message = re.search("`(.+?)`", row["message"])[1]
    block = f"```{{ .text .output title='What you see' }}\n{message}\n```"
    return [f"## {TROUBLES}\n\n{block}\n\n{row['why']}"]


def _exercise(step: catalog.Checkpoint, parts: dict[str, str]) -> list[str]:
    """Return a slide with the chapter's first exercise and a timer."""
    if not step.goals:
        return _unchecked_exercise(parts)
    exercises = teaching.load(step.folder.parent.parent).exercises
    exercise = next((one for one in exercises if one.checkpoint == step.slug), None)
    if exercise is None:
        return []
    paragraphs = (text.strip() for text in parts["Exercises"].split("\n\n"))
    first = next(text for text in paragraphs if text and not text.startswith("{{"))
    return [f"## Exercise: {exercise.title}\n\n{first}\n\n{TIMER.format(exercise.minutes)}"]


def _unchecked_exercise(parts: dict[str, str]) -> list[str]:
    """Return a slide with an exercise that has no test and is only on the page."""
    for heading, text in parts.items():
        if match := UNCHECKED.match(heading):
            first = text.strip().partition("\n\n")[0]
            return [f"## Exercise: {match['title']}\n\n{first}\n\n{TIMER.format(match['minutes'])}"]
    return []


def _beside(text: str, picture: str) -> str:
    return COLUMNS.format(DIAGRAM.sub("", text).strip(), picture)
