"""Directives: lines such as `{{ code PATH SYMBOL }}` that insert code or data into a page."""

import re
from collections.abc import Callable
from pathlib import Path

from workshop.base.errors import WorkshopError
from workshop.docs_site import additions, blocks, course_blocks
from workshop.docs_site.pages import capacity, hosts, load_tables, notebook_links, step_tables
from workshop.docs_site.sources import NotFound

LINE = re.compile(r"^(?P<indent> *)\{\{ (?P<name>[a-z-]+)(?P<words>(?: .+?)?) \}\}$")
FENCE = re.compile(r"^ *(```+|~~~+)")
DIRECTIVES: dict[str, Callable[..., list[str]]] = {
    "adds": additions.adds,
    "buys": step_tables.buys,
    "capacity": capacity.capacity,
    "change": blocks.change,
    "clone": course_blocks.clone,
    "code": blocks.code,
    "diff": blocks.diff,
    "exercises": course_blocks.exercises,
    "file": blocks.folded,
    "goals": course_blocks.goals,
    "hosts": hosts.hosts,
    "layers": load_tables.layers,
    "load": load_tables.load,
    "minutes": course_blocks.minutes,
    "notebooks": notebook_links.table,
    "output": blocks.output,
    "patch": blocks.patch,
    "see": notebook_links.pointers,
    "slides": course_blocks.slides,
    "steps": course_blocks.steps,
    "strip": course_blocks.strip,
    "tests": blocks.tests,
}


class UnknownDirective(Exception):
    """A directive can't be expanded. The text includes its line."""


def expand(text: str, root: Path) -> str:
    """Return the Markdown `text` with every directive expanded. Raises UnknownDirective.

    The result of a directive isn't expanded again, because a template may contain similar lines.
    """
    out, fence = [], ""
    for line in text.split("\n"):
        match = LINE.match(line)
        if mark := FENCE.match(line):
            fence = "" if fence else mark[1]
        if not match or fence:
            out.append(line)
            continue
        out += [f"{match['indent']}{added}".rstrip() for added in _expand_line(match, root)]
    return "\n".join(out)


def _expand_line(match: re.Match, root: Path) -> list[str]:
    line = match[0].strip()
    if match["name"] not in DIRECTIVES:
        raise UnknownDirective(
            f"{line}: there is no {match['name']}; there are {', '.join(DIRECTIVES)}"
        )
    try:
        return DIRECTIVES[match["name"]](root, *match["words"].split())
    except (NotFound, WorkshopError) as error:
        raise UnknownDirective(f"{line}: {error}") from error
    except TypeError as error:
        raise UnknownDirective(f"{line}: wrong number of words ({error})") from error
