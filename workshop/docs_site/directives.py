"""What a page may ask for, on a line of its own: `{{ code PATH SYMBOL }}` and the like."""

import re
from collections.abc import Callable
from pathlib import Path

from workshop.docs_site import (
    agenda_page,
    blocks,
    capacity,
    course_blocks,
    load_tables,
    notebook_links,
    reference,
    verbs,
)
from workshop.docs_site.sources import NotFound
from workshop.errors import WorkshopError

LINE = re.compile(r"^(?P<indent> *)\{\{ (?P<name>[a-z-]+)(?P<words>(?: .+?)?) \}\}$")
FENCE = re.compile(r"^ *(```+|~~~+)")
DIRECTIVES: dict[str, Callable[..., list[str]]] = {
    "agenda": agenda_page.agenda,
    "capacity": capacity.capacity,
    "change": blocks.change,
    "code": blocks.code,
    "diff": blocks.diff,
    "errors": reference.errors,
    "exercises": course_blocks.exercises,
    "faults": reference.faults,
    "file": blocks.folded,
    "frames": reference.frames,
    "load": load_tables.load,
    "minutes": course_blocks.minutes,
    "notebooks": notebook_links.table,
    "output": blocks.output,
    "patch": blocks.patch,
    "promises": course_blocks.promises,
    "see": notebook_links.pointers,
    "settings": reference.settings,
    "steps": course_blocks.steps,
    "tests": blocks.tests,
    "verbs": verbs.verbs,
}


class Unknown(Exception):
    """A page asks for something that cannot be given; the text names the line."""


def expand(text: str, root: Path) -> str:
    """Return the Markdown `text` with every directive done. Raises Unknown.

    What a directive brings is not looked at again: a template may hold what looks like one.
    """
    out, fence = [], ""
    for line in text.split("\n"):
        match = LINE.match(line)
        if mark := FENCE.match(line):
            fence = "" if fence else mark[1]
        if not match or fence:
            out.append(line)
            continue
        out += [f"{match['indent']}{one}".rstrip() for one in _done(match, root)]
    return "\n".join(out)


def _done(match: re.Match, root: Path) -> list[str]:
    line = match[0].strip()
    if match["name"] not in DIRECTIVES:
        raise Unknown(f"{line}: there is no {match['name']}; there are {', '.join(DIRECTIVES)}")
    try:
        return DIRECTIVES[match["name"]](root, *match["words"].split())
    except (NotFound, WorkshopError) as error:
        raise Unknown(f"{line}: {error}") from error
    except TypeError as error:
        raise Unknown(f"{line}: wrong number of words ({error})") from error
