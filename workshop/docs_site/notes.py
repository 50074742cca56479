"""Speaker's notes: part of a page's source, shown only to presenters."""

import posixpath
import re

NOTES = re.compile(r"^[!?]{3}\+? speaker.*\n((?:(?: {4}.*)?\n)*)", re.MULTILINE)
LINK = re.compile(r"(?<=\]\()(?!https?:|#)([^)#]+)")
INDENT = 4


def without(text: str) -> str:
    """Return the Markdown `text` without its speaker's notes."""
    return NOTES.sub("", text + "\n").removesuffix("\n")


def of(text: str) -> str:
    """Return the speaker's notes in the Markdown `text`, or "" if it has none."""
    found = NOTES.search(text + "\n")
    lines = found[1].splitlines() if found else []
    return "\n".join(line[INDENT:] for line in lines).strip()


def moved(text: str, source: str, target: str) -> str:
    """Return `text` with the links of page `source` rewritten for the page `target`."""
    here, there = posixpath.dirname(source), posixpath.dirname(target)

    def link(match: re.Match) -> str:
        return posixpath.relpath(posixpath.join(here, match[1]), there or ".")

    return LINK.sub(link, text)
