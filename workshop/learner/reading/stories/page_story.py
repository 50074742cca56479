"""Describe what happened in the browser before a test of a page failed."""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from workshop.base.project_files import files
from workshop.learner.reading.project import SourceProject
from workshop.learner.running.trial import CodeLocation, Failure, PageEvent

LONGEST = 80
NO_VALUES = {
    "[object Object]": "`[object Object]` is a whole object as text: use one of its fields.",
    "undefined": "`undefined` is a name or a field that has no value yet.",
    "NaN": "`NaN` comes from calculating with something that isn't a number.",
}


@dataclass(frozen=True)
class PageStory:
    """What happened in the browser, in a sentence or two, with the line of the learner's script.

    If it `is_error`, the browser itself reported an error.
    """

    says: str
    place: CodeLocation | None = None
    is_error: bool = False


def of(folder: Path, failure: Failure) -> PageStory | None:
    """Return what happened in the browser during a failed test, if the test used a browser."""
    events = failure.pages
    if not events:
        return None
    for kind, tell in (("error", _script_error), ("answer", _missing_file)):
        found = [event for event in events if event.kind == kind]
        for event in found:
            if words := tell(event):
                place = _place(folder, event) or (_fetching(folder) if kind == "answer" else None)
                return PageStory(words, place, is_error=True)
    sockets = [event for event in events if event.kind == "socket"]
    if not sockets:
        return PageStory("The page's script didn't open a WebSocket.")
    if unknown := _unknown_type(SourceProject(folder), events):
        return unknown
    is_talking = {"sent", "received"} <= {event.kind for event in events}
    place = None if is_talking else _place(folder, sockets[-1])
    return PageStory(_conversation(events, sockets[-1]), place)


def _script_error(event: PageEvent) -> str:
    where = urlsplit(event.path).path.rpartition("/")[2]
    line = f" in {where}, line {event.line}" if where and event.line else ""
    return f"The page's script stopped with an error{line}: {event.text}."


def _missing_file(event: PageEvent) -> str:
    url, _, status = event.text.rpartition(" ")
    parts = urlsplit(url)
    asked = unquote(f"{parts.path}?{parts.query}" if parts.query else parts.path)
    words = f"The page requested {_short(asked)}, and the server answered {status}."
    odd = next((text for text in NO_VALUES if text in asked), "")
    return f"{words} {NO_VALUES[odd]}" if odd else words


def _conversation(events: tuple[PageEvent, ...], socket: PageEvent) -> str:
    path = urlsplit(socket.text).path
    refused = [event.text for event in events if event.kind == "refused"]
    words = f"The page opened the WebSocket {socket.text}."
    if refused:
        return f"The page opened the WebSocket {path}, but the server answered {refused[-1]}."
    for kind, what in (("sent", "It sent"), ("received", "The server sent")):
        frames = [event.text for event in events if event.kind == kind]
        words += f" {what} {_short(frames[-1])}." if frames else f" {what} nothing."
    return words


def _unknown_type(project: SourceProject, events: tuple[PageEvent, ...]) -> PageStory | None:
    """Tell that the server sent a frame of a type that the scripts only know by a similar name."""
    scripts = "\n".join([*project.scripts.values(), *project.pages.values()])
    types = [kind for event in events if event.kind == "received" for kind in _type_of(event.text)]
    unknown = next((kind for kind in reversed(types) if not _handled(kind, scripts)), None)
    mentioned = [word for _, word in re.findall(r"""(["'`])([a-z_]+)\1""", scripts)]
    similar = difflib.get_close_matches(unknown or "", mentioned, 1)
    if not similar:
        return None
    says = f'The server sent a frame of the type "{unknown}", which no script mentions.'
    says += f' They mention "{similar[0]}".'
    lines = [
        CodeLocation(file.path, number)
        for file in project.python.values()
        for number, line in enumerate(file.text.splitlines(), 1)
        if _quoted(unknown, line) and "type" in line
    ]
    return PageStory(says, lines[0] if len(lines) == 1 else None)


def _type_of(text: str) -> list[str]:
    """Return the type of the frame `text`, if it has one. The browser may have cut it off."""
    found = re.match(r"""\{\s*"type":\s*"(\w+)\"""", text)
    return [found[1]] if found else []


def _quoted(word: str, code: str) -> bool:
    return bool(re.search(rf"""["'`]{re.escape(word)}["'`]""", code))


def _handled(kind: str, scripts: str) -> bool:
    """Return whether `scripts` have the type as a string, or as the name of a property."""
    return _quoted(kind, scripts) or bool(re.search(rf"\b{re.escape(kind)}\s*[:(]", scripts))


def _place(folder: Path, event: PageEvent) -> CodeLocation | None:
    """Return the learner's line for a script's URL and line number."""
    path = urlsplit(event.path).path
    for inside in files(folder):
        if path.startswith("/static/") and inside.endswith(path):
            return CodeLocation(inside, max(event.line, 1))
    return None


def _fetching(folder: Path) -> CodeLocation | None:
    """Return the learner's only line that fetches something."""
    found = [
        CodeLocation(inside, number)
        for inside, path in files(folder).items()
        if inside.endswith(".js")
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if "fetch(" in line
    ]
    return found[0] if len(found) == 1 else None


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
