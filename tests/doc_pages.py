"""The Markdown sources of the site, as the tests read them."""

import re
from dataclasses import dataclass

from workshop.base.paths import ROOT

DOCS = ROOT / "docs"
FENCE = re.compile(r"^(?P<indent> *)```(?P<head>.*)$")
DIRECTIVE = re.compile(r"^ *\{\{ ([a-z-]+)(?: (.+?))? \}\}$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, its first line and its contents."""

    page: str
    head: str
    lines: tuple[str, ...]


def pages():
    """Return the text of every written page, by its path under docs/."""
    return {
        path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(DOCS.rglob("*.md"))
    }


def blocks():
    """Return every fenced block of the written pages."""
    found = []
    for page, text in pages().items():
        head, lines = None, []
        for line in text.splitlines():
            match = FENCE.match(line)
            if match and head is None:
                head, lines, indent = match["head"].strip(), [], len(match["indent"])
            elif match:
                found.append(Block(page, head, tuple(lines)))
                head = None
            elif head is not None:
                lines.append(line[indent:])
        assert head is None, f"{page}: a block has no end"
    return found


def directives(page):
    """Return (name, words) of every directive on a page."""
    return [(name, words.split()) for name, words in DIRECTIVE.findall(pages()[page])]
