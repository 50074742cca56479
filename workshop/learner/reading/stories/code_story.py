"""Describe what the learner's code did before a test failed: how far it got, and why no further.

This tells facts, and no guesses: which condition was true, who closed a socket, or which group an
event was sent to. So it helps in projects whose names and files are the learner's own.
"""

import ast
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workshop.learner.reading.project import SourceProject, nodes
from workshop.learner.running.trial import CodeLocation, Deed, Failure

LONGEST = 60  # characters of a condition, a group's name or an error
SILENT = r"did not receive|got no answer|stays open|neither accepted nor refused|within [\d.]+ s"
CLOSED = r"socket was (closed|refused)"
FRAME = r"received (?!no )|got \{"
NEVER = r"(?!)"
STATUS = r"answered (\d{3})"


@dataclass(frozen=True)
class CodeStory:
    """What the learner's code did, in a sentence or two, with the line that decided it.

    If it `is_certain`, nothing else can have caused the failure.
    """

    says: str
    place: CodeLocation
    is_certain: bool = False


@dataclass(frozen=True)
class Decision:
    """An `if` that ran at `place`: its text, and whether it was true."""

    place: CodeLocation
    text: str
    was_true: bool

    @property
    def says(self) -> str:
        return f"`{_short(self.text)}` was {str(self.was_true).lower()}"


def of(folder: Path, failure: Failure) -> CodeStory | None:
    """Return what the learner's code did in a failed test, if that may explain the failure."""
    if not failure.deeds:
        return None
    reader = Reader(SourceProject(folder), failure.deeds)
    in_one_process = "serve" not in failure.fixtures  # servers join groups, too
    tellers = (
        (SILENT if in_one_process else NEVER, reader.lost_event),
        (SILENT, reader.silence),
        (CLOSED, reader.closing),
        (FRAME, reader.frame),
        ("", reader.answer),
    )
    for expression, tell in tellers:
        if re.search(expression, failure.message) and (story := tell(failure.message)):
            return story
    return None


class Reader:
    """Reads `deeds`, which the code of `project` did. Each of its methods tells a kind of story."""

    def __init__(self, project: SourceProject, deeds: Sequence[Deed]):
        self.project, self.deeds = project, deeds

    def lost_event(self, message: str) -> CodeStory | None:
        """Tell that an event was sent to a group that no consumer had joined."""
        members: dict[str, list[CodeLocation]] = {}
        lost, others = None, {}
        for deed in self.deeds:
            joined = members.setdefault(deed.text, []) if deed.did in ("join", "leave") else None
            if deed.did == "join" and deed.places:
                joined.append(deed.places[0])
            elif deed.did == "leave" and joined:
                joined.pop()
            elif deed.did == "tell" and deed.places:
                others = {group: places for group, places in members.items() if places}
                lost = None if deed.text in others else deed
        if not lost or not others:
            return None
        group, places = list(others.items())[-1]
        says = f"Your code sends to the group {_short(lost.text)}, which no consumer has joined."
        says += f" They have joined {_short(group)}, in {_at(places[-1])}."
        return CodeStory(says, lost.places[0])

    def silence(self, message: str) -> CodeStory | None:
        """Tell where a consumer that got an event stopped, without sending anything."""
        last = self.last("get")
        if last is None or self.deeds[last].text == "websocket.disconnect":
            return None
        if not all(self.was_silent(deed.event) for deed in self.similar(last)):
            return None
        got = f"Your consumer got the event {self.deeds[last].text}, but sent nothing"
        lines = self.lines_of(self.deeds[last].event)
        if not lines:
            return None
        if decisions := self.decisions(lines):
            before = self.told_before(decisions)
            return CodeStory(f"{got}: {decisions[-1].says}.{before}", decisions[-1].place)
        return CodeStory(f"{got}: this line was the last one that ran.", lines[-1])

    def closing(self, message: str) -> CodeStory | None:
        """Tell which line closed a socket, and why."""
        at = self.last("close")
        places = () if at is None else self.deeds[at].places or self.deeds[at].error_places
        if not places:
            return None
        deed = self.deeds[at]
        place = _handler(places)
        code = f" with the code {deed.text}" if deed.text.isdigit() else ""
        who = f"{_name(place)}() closed the socket{code}"
        return replace(self.told_with_reason(who, deed, at, place), is_certain=True)

    def frame(self, message: str) -> CodeStory | None:
        """Tell which line sent a frame that the test didn't expect, and why."""
        sent = [n for n, deed in enumerate(self.deeds) if deed.did == "send" and deed.places]
        at = next((n for n in reversed(sent) if _is_quoted(self.deeds[n].text, message)), None)
        if at is None:
            return None
        deed = self.deeds[at]
        if deed.error:
            place = _handler(deed.places)
            return self.told_with_reason(f"{_name(place)}() sent this", deed, at, place)
        told = self.last("tell", before=at)
        if told is not None:
            deed = self.deeds[told] if self.deeds[told].places else deed
        way = [f"{_name(place)}() in {_at(place)}" for place in reversed(deed.places)]
        return CodeStory(f"It was sent by {', '.join(way)}.", deed.places[0])

    def answer(self, message: str) -> CodeStory | None:
        """Tell which condition led to an error page, or to a page where the test expected none."""
        at = self.last("answer")
        status, _, path = self.deeds[at].text.partition(" ") if at is not None else ("", "", "")
        asked = re.search(STATUS, message)
        if asked and asked[1] != status or not asked and at != len(self.deeds) - 1:
            return None
        if not status.startswith(("4", "5")) and not (asked and status == "200"):
            return None
        event = self.deeds[at].event
        for deed in self.deeds:
            if deed.did == "refuse" and deed.event == event and deed.error_places:
                place = deed.error_places[0]
                return self.told_with_reason(f"{_name(place)}() answered {status}", deed, at, place)
        decisions = self.decisions(self.lines_of(event))
        if not decisions or status == "200" and decisions[-1].was_true:
            return None
        says = f"Your view answered {status}: {decisions[-1].says}."
        return CodeStory(says, decisions[-1].place)

    def told_with_reason(self, who: str, deed: Deed, at: int, place: CodeLocation) -> CodeStory:
        """Tell what happened, because of an error or a condition in the same function."""
        lines = self.lines_of(deed.event, before=at)
        if deed.error:
            place = (*deed.error_places, place)[0]
            who += f" because of {_short(deed.error[0])}"
            if len(deed.error) > 1 and deed.did != "refuse":
                who += f", which came from {_short(deed.error[-1])}"
        found = [
            decision
            for decision in self.decisions(lines)
            if self.function_at(decision.place) == self.function_at(place)
        ]
        if not found:
            return CodeStory(f"{who}.", place)
        callers = [caller for caller in (*deed.error_places, *deed.places) if caller != place]
        way = self.told_way(lines, found[-1].place, callers)
        return CodeStory(f"{who}: {found[-1].says}.{way}", found[-1].place)

    def told_before(self, decisions: list[Decision]) -> str:
        """Return the decision before the last one, if another function made it."""
        last = self.function_at(decisions[-1].place)
        others = [one for one in decisions[:-1] if self.function_at(one.place) != last]
        if not others:
            return ""
        return f" Before that, {others[-1].says} in {_at(others[-1].place)}."

    def told_way(
        self, lines: list[CodeLocation], place: CodeLocation, callers: list[CodeLocation]
    ) -> str:
        """Return which function had just ended when the `if` at `place` decided, or who called."""
        known = {self.function_at(caller) for caller in [place, *callers]} | {None}
        at = max(number for number, line in enumerate(lines) if _same(line, place))
        here = self.function_at(place)
        following = range(at + 1, len(lines))
        decided = next((n for n in following if self.function_at(lines[n]) == here), at)
        earlier = lines[:decided]
        ended = [line for line in earlier if self.function_at(line) not in known]
        if ended:
            return f" Before that, {self.function_at(ended[-1])[1]}() ended in {_at(ended[-1])}."
        others = [
            caller for caller in callers if self.function_at(caller) != self.function_at(place)
        ]
        return f" It was called in {_at(others[0])}." if others else ""

    def last(self, did: str, before: int | None = None, text: str | None = None) -> int | None:
        """Return where in the deeds the last one of a kind is."""
        for number in reversed(range(len(self.deeds) if before is None else before)):
            deed = self.deeds[number]
            if deed.did == did and text in (None, deed.text):
                return number
        return None

    def similar(self, last: int) -> list[Deed]:
        """Return the events of the same type that came since a client sent something."""
        kind = self.deeds[last].text
        first = self.last("get", before=last + 1, text="websocket.receive") or 0
        return [deed for deed in self.deeds[first:] if (deed.did, deed.text) == ("get", kind)]

    def was_silent(self, event: int) -> bool:
        """Return whether nothing was sent because of an event."""
        done = {deed.did for deed in self.deeds if deed.event == event}
        return not done & {"send", "tell", "accept", "close"}

    def lines_of(self, event: int, before: int | None = None) -> list[CodeLocation]:
        """Return the lines that ran because of an event, in their order."""
        deeds = self.deeds[:before]
        return [deed.places[0] for deed in deeds if deed.did == "line" and deed.event == event]

    def decisions(self, lines: list[CodeLocation]) -> list[Decision]:
        """Return each `if` among `lines`, in the order in which they ran."""
        found = []
        for number, place in enumerate(lines):
            node = self.if_at(place)
            following = [
                line
                for line in lines[number + 1 :]
                if self.function_at(line) == self.function_at(place)
            ]
            if node is None:
                continue
            ran = following[0].line if following else 0
            was_true = node.body[0].lineno <= ran <= node.body[-1].end_lineno
            found.append(Decision(place, self.text_of(place), was_true))
        return found

    def if_at(self, place: CodeLocation) -> ast.If | None:
        file = self.project.python.get(place.path)
        found = [node for node in nodes(file.tree) if isinstance(node, ast.If)] if file else []
        return next((node for node in found if node.lineno == place.line), None)

    def function_at(self, place: CodeLocation) -> tuple[str, str, int] | None:
        """Return the file, the name and the line of the innermost function around `place`."""
        file = self.project.python.get(place.path)
        found = [
            node
            for node in (nodes(file.tree) if file else ())
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.lineno <= place.line <= node.end_lineno
        ]
        inner = max(found, key=lambda node: node.lineno, default=None)
        return (place.path, inner.name, inner.lineno) if inner else None

    def text_of(self, place: CodeLocation) -> str:
        return self.project.python[place.path].text.splitlines()[place.line - 1].strip()


def _is_quoted(text: str, message: str) -> bool:
    """Return whether a test's message shows the frame `text`, or the message in it."""
    try:
        frame = json.loads(text)
    except ValueError:
        return False
    if not isinstance(frame, dict):
        return False
    texts = [value for key, value in frame.items() if key != "type" and isinstance(value, str)]
    return any(repr(shown)[:LONGEST] in message for shown in (frame, *texts))


def _same(one: CodeLocation, other: CodeLocation) -> bool:
    return (one.path, one.line) == (other.path, other.line)


def _handler(places: Sequence[CodeLocation]) -> CodeLocation:
    """Return the place in the outermost function, where an event was handled."""
    return ([place for place in places if _name(place) != "__call__"] or places)[-1]


def _name(place: CodeLocation) -> str:
    return place.function.rpartition(".")[2]


def _at(place: CodeLocation) -> str:
    return f"{place.path}, line {place.line}"


def _short(text: str) -> str:
    text = text.removesuffix(": ")  # an error without a message
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
