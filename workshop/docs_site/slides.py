"""A view of each chapter for a projector, out of the chapter's own text.

On it come the objectives, every diagram, what stands between `<!-- slide -->` and
`<!-- /slide -->`, the key points and the question at the end.
"""

import re
from pathlib import Path

from workshop import course

OBJECTIVES, KEY_POINTS, NEXT = "What you will be able to do", "Key points", "What is next"
HEADING = re.compile(r"^##+ (.+?)(?: \{.*\})?$")
FRONT = "---\ntitle: '{title}: slides'\ntemplate: slides.html\nsearch: {{ exclude: true }}\n---\n"
PICKED = re.compile(r"<!-- slide -->\n(.*?)<!-- /slide -->", re.DOTALL)
DIAGRAM = re.compile(r"^```mermaid\n.*?^```$", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"^\s*accTitle:\s*(.+)$", re.MULTILINE)
SLIDE = '<section class="slide" markdown>\n\n{}\n\n</section>'
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")


def pages(root: Path) -> dict[str, str]:
    """Return the Markdown of a slide page for each chapter that is written, by its path."""
    found = {}
    for one in course.load(root):
        source = root / "docs" / "chapters" / f"{one.slug}.md"
        if one.number and source.is_file():
            text = source.read_text(encoding="utf-8")
            found[f"slides/{one.slug}.md"] = page(f"{one.number} {one.title}", text)
    return found


def page(title: str, chapter: str) -> str:
    """Return the slides of the Markdown text `chapter`, as a Markdown page."""
    parts = sections(chapter)
    slides = [f"# {title}\n\n{parts[OBJECTIVES]}"]
    for heading, text in parts.items():
        if heading in (OBJECTIVES, KEY_POINTS, NEXT):
            continue
        marks = [(found.start(), found[1], heading) for found in PICKED.finditer(text)]
        marks += [
            (found.start(), found[0], NAME.search(found[0])[1]) for found in DIAGRAM.finditer(text)
        ]
        slides += [f"## {name}\n\n{content}" for _, content, name in sorted(marks)]
    slides += [f"## {name}\n\n{parts[name]}" for name in (KEY_POINTS, NEXT)]
    shown = [SLIDE.format(LINK.sub(r"\1", one).strip()) for one in slides]
    return FRONT.format(title=title) + "\n" + "\n\n".join(shown) + "\n"


def sections(chapter: str) -> dict[str, str]:
    """Return the text below each heading of a chapter. Notes for speakers are left out."""
    found, heading, is_code = {"": []}, "", False
    for line in chapter.splitlines():
        is_code ^= line.startswith("```")
        match = None if is_code else HEADING.match(line)
        if match:
            heading = match[1]
            found[heading] = []
        else:
            found[heading].append(line)
    return {name: _without_notes("\n".join(lines)) for name, lines in found.items()}


def _without_notes(text: str) -> str:
    return re.sub(r"^[!?]{3}\+? speaker.*\n(?:(?: {4}.*)?\n)*", "", text + "\n", flags=re.MULTILINE)
