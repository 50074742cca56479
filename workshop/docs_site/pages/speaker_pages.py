"""Pages for presenters: all notes on one page, and a presenter's window for each chapter."""

import re
from pathlib import Path

from workshop.course import catalog
from workshop.docs_site import notes
from workshop.docs_site.pages import slides

ALL = "instructors/notes.md"
TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
INTRO = """---
description: What to say, ask and show, for each chapter.
---
# Speaker's notes

Learners don't see these notes. While you present a chapter's [slides](slides.md), its notes are
also in the presenter's window. There are three kinds:

- **Note:** something to keep in mind while you speak.
- **Ask:** a question to the room, with the answer that you hope for.
- **Demo:** something to show, ideally something that fails.
"""
WINDOW = """---
title: '{title}: presenter'
template: presenter.html
search: {{ exclude: true }}
---

# {title}

<div class="presenter-notes" markdown>

{notes}

</div>

<div class="presenter-slides" markdown>

{slides}

</div>
"""


def pages(root: Path) -> dict[str, str]:
    """Return {path: Markdown} of the page with all notes, and of each presenter's window."""
    return {ALL: all_notes(root)} | windows(root)


def all_notes(root: Path) -> str:
    """Return the page with all speaker's notes, in the course's order."""
    parts = [INTRO]
    for source in _sources(root):
        text = (root / "docs" / source).read_text(encoding="utf-8")
        if found := notes.of(text):
            title = TITLE.search(text)[1]
            parts.append(f"## {title}\n\n[Open the page](../{source})\n")
            parts.append(notes.moved(found, source, ALL) + "\n")
    return "\n".join(parts)


def windows(root: Path) -> dict[str, str]:
    """Return {path: Markdown} of each chapter's presenter's window."""
    found = {}
    for step in slides.written(root):
        source = f"chapters/{step.page}.md"
        text = (root / "docs" / source).read_text(encoding="utf-8")
        found[f"presenter/{step.page}.md"] = WINDOW.format(
            title=step.heading,
            notes=notes.of(text),
            slides="\n\n".join(slides.of_chapter(step, text, level=2)),
        )
    return found


def _sources(root: Path) -> list[str]:
    wanted = ["setup.md", *(f"chapters/{step.page}.md" for step in catalog.load(root))]
    return [source for source in wanted if (root / "docs" / source).is_file()]
