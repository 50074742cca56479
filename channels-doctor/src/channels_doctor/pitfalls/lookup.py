"""Find a pitfall by pasted text: a message, a part of it, a traceback or a log.

The docs' search does the same in the browser, with the same table. `docs/javascripts/lookup.js`
mirrors this module step by step, and one set of test cases covers both.
"""

import functools
import math
import re
from dataclasses import dataclass

from channels_doctor.pitfalls import Pitfall, load

WORD = re.compile(r"[^\W\d]\w*|\d+")
PLACEHOLDER = re.compile(r"\{\w+\}")
URL = re.compile(r"\b(?:wss?|https?)://[^\s'\")]+")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ENOUGH = 0.4  # of a message's weight must be in the paste
MOST_OF_IT = 0.8  # or of the paste's weight in the message, if the paste is only a piece
LEAST = 5.0  # weight; any text may match with less
ALIKE = 0.98  # of the best score: as good


@dataclass(frozen=True)
class Message:
    """A known message of the pitfall `id`, as runs of words between its variable parts."""

    id: str
    runs: tuple[tuple[str, ...], ...]


def words(text: str) -> list[str]:
    """Return the words and numbers in `text`, in lower case; all URLs become the same word."""
    return WORD.findall(URL.sub(" url ", COLOUR.sub("", text)).lower())


def table() -> list[list[str]]:
    """Return [id, message] for every known message; {names} are placeholders.

    Pitfalls that the doctor can find come first, by rank. If two print the same message, the first
    one is more likely.
    """
    rows = []
    for pitfall in sorted(load(), key=lambda pitfall: pitfall.rank or len(load())):
        for symptom in pitfall.symptoms:
            if symptom.where != "nowhere":
                rows += [[pitfall.id, symptom.template], [pitfall.id, symptom.text]]
        rows += [[pitfall.id, message] for message in pitfall.also]
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]


@functools.cache
def messages() -> tuple[Message, ...]:
    found = []
    for name, text in table():
        runs = tuple(tuple(words(part)) for part in PLACEHOLDER.split(text))
        found.append(Message(name, tuple(run for run in runs if run)))
    return tuple(found)


@functools.cache
def worth() -> dict[str, float]:
    """Return the weight of each word: rare words count more."""
    counts: dict[str, int] = {}
    for message in messages():
        for word in {word for run in message.runs for word in run}:
            counts[word] = counts.get(word, 0) + 1
    return {word: math.log(1 + len(messages()) / count) for word, count in counts.items()}


def find(text: str) -> list[Pitfall]:
    """Return the pitfalls whose messages are in `text`, best first, with equal ones together."""
    asked = words(text)
    known = {pitfall.id: pitfall for pitfall in load()}
    scores: dict[str, tuple[float, float]] = {}
    for message in messages():
        score = _score(message, asked)
        if score and score > scores.get(message.id, (0.0, 0.0)):
            scores[message.id] = score
    best = max(scores.values(), default=(0.0, 0.0))
    near = [name for name, score in scores.items() if score[0] >= best[0] * ALIKE]
    return [known[name] for name in sorted(near, key=lambda name: -scores[name][1])]


def _score(message: Message, asked: list[str]) -> tuple[float, float] | None:
    """Return the weight of the parts of `message` found in `asked`, and their share of it."""
    places: dict[str, list[int]] = {}
    for at, word in enumerate(asked):
        places.setdefault(word, []).append(at)
    shared = sum(_longest(run, asked, places) for run in message.runs)
    whole = sum(_weight(run) for run in message.runs)
    part = shared / whole
    pasted = sum(worth().get(word, 1.0) for word in asked)
    fits = part >= ENOUGH or shared >= MOST_OF_IT * pasted
    return (shared, part) if fits and (shared >= LEAST or part > ALIKE) else None


def _weight(run: tuple[str, ...]) -> float:
    return sum(worth()[word] for word in run)


def _longest(run: tuple[str, ...], asked: list[str], places: dict[str, list[int]]) -> float:
    """Return the weight of the heaviest unbroken part of `run` that `asked` contains."""
    best = 0.0
    for start, first in enumerate(run):
        for at in places.get(first, ()):
            if start and at and run[start - 1] == asked[at - 1]:
                continue  # part of a longer piece
            length = 0
            while (
                start + length < len(run)
                and at + length < len(asked)
                and run[start + length] == asked[at + length]
            ):
                length += 1
            if length > 1 or len(run) == 1:
                best = max(best, _weight(run[start : start + length]))
    return best
