"""The addresses that the project's own pages open, compared with its routes."""

import re
from collections.abc import Iterator

from channels_doctor.analysis.pages.page import COMMENT, Page
from channels_doctor.finding import Finding, finding
from channels_doctor.rules.context import Context

ADDRESS = re.compile(
    r"\b(?:(?:window|document)\.)?location\.host(?:\s*\+\s*[\"'`]|\})/(?P<path>[\w./-]+)"
)
SPECIAL = re.compile(r"[(\[<\\*+?|{$]")
OPENS = 200  # characters before the address in which to look for a socket or ws://


def check(context: Context, pages: list[Page]) -> Iterator[Finding]:
    """P15: one of the project's `pages` opens a URL that doesn't begin like any route.

    A page elsewhere in the repository may reach the project through a server that cuts the path.
    """
    websocket = context.asgi.get("websocket") or {}
    routes = websocket.get("routes", [])
    if not routes or not websocket.get("known", True):
        return
    for page in (page for page in pages if not page.file.startswith("../")):
        for found in ADDRESS.finditer(page.text):
            before = page.text[max(0, found.start() - OPENS) : found.start()]
            is_told = COMMENT.match(page.line(found.start()))
            if is_told or not ("WebSocket(" in before or "ws" in before[-40:]):
                continue
            if any(_may_match(route, found["path"]) for route in routes):
                continue
            yield finding(
                "P15",
                f"The page opens /{found['path']}…, but no route starts like that.",
                page.place(found.start()),
                severity="warning",
                condition="whenever that page is open",
                values={"path": found["path"]},
                fix="Add the route to the `URLRouter` in asgi.py, or correct the address.",
                found_by="source",
            )
            return


def _may_match(route: dict, path: str) -> bool:
    """Return whether the literal beginnings of `route` and the address match."""
    text = route["head"] + route["text"]
    is_anchored = not route["regex"] or text.startswith(("^", "\\A"))
    text = re.sub(r"\^|\\[AZ]", "", text)
    found = SPECIAL.search(text)
    start = text[: found.start()] if found else text
    start = start[:-1] if found and found[0] in "?*{" else start
    start = start.lstrip("/")
    if start.startswith(path) or path.startswith(start):
        return True
    return not is_anchored and start in path
