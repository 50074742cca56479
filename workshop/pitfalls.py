"""The registry of pitfalls, `pitfalls.toml`: read here by the doctor, the docs and the tests.

Standard library only, since the doctor also runs inside other projects.
"""

import difflib
import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from workshop.errors import UsageError

FILE = Path(__file__).with_name("pitfalls.toml")
CLASSES = ("raises", "log line only", "silent")
SEVERITIES = ("error", "warning", "note")  # the most urgent first
WAYS = ("static", "import", "source", "live")
PLACES = ("terminal", "browser", "test", "nowhere")


@dataclass(frozen=True)
class Symptom:
    """What a person sees: `text`, word for word, in the place `where`, at the time `when`.

    `case` tells several symptoms of one pitfall apart; where nothing shows, `where` is "nowhere"
    and `text` says so in a sentence.
    """

    text: str
    where: str
    when: str
    case: str = ""


@dataclass(frozen=True)
class Mend:
    """How to mend it: `text` says it in words, `diff` shows a smallest change."""

    text: str
    diff: str


@dataclass(frozen=True)
class Pitfall:
    """One entry of the registry; the texts are Markdown. `pitfalls.toml` says what each means.

    `kind` is the entry's class. `found_by` is empty where the doctor does not find it.
    """

    id: str
    title: str
    kind: str
    severity: str
    found_by: tuple[str, ...]
    symptoms: tuple[Symptom, ...]
    why: str
    mend: Mend
    find: str
    versions: str
    references: tuple[str, ...]

    @property
    def page(self) -> str:
        """Its page's place in the docs: "pitfalls/p01/"."""
        return f"pitfalls/{self.id.lower()}/"

    def symptom(self, case: str = "") -> Symptom:
        """Return the symptom of `case`, or the first one. Raises KeyError for an unknown case."""
        if not case:
            return self.symptoms[0]
        for symptom in self.symptoms:
            if symptom.case == case:
                return symptom
        raise KeyError(f"{self.id} has no symptom for the case {case!r}")


@functools.cache
def load() -> tuple[Pitfall, ...]:
    """Return all pitfalls, in the order of their ids."""
    with FILE.open("rb") as file:
        return tuple(_pitfall(entry) for entry in tomllib.load(file)["pitfall"])


def find(name: str) -> Pitfall:
    """Return the pitfall called `name`: "P01", "p1" or "1". Raises UsageError for any other."""
    digits = name.strip().lower().removeprefix("p")
    wanted = f"P{int(digits):02}" if digits.isascii() and digits.isdigit() else name.upper()
    known = {pitfall.id: pitfall for pitfall in load()}
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(f"There is no pitfall called {name}.{guess} They are P01 to P{len(known)}.")


def pointer(pitfall: Pitfall) -> str:
    """Return the command that opens the docs at `pitfall`: what every verb tells a person."""
    return f"python3 -m workshop docs {pitfall.id.lower()}"


def explain_pointer(pitfall: Pitfall) -> str:
    """Return the command that prints `pitfall` in the terminal, which needs no docs."""
    return f"python3 -m workshop doctor --explain {pitfall.id}"


def reference_url(reference: str) -> str:
    """Return the address of "OWNER/REPOSITORY#NUMBER"."""
    repository, _, number = reference.partition("#")
    return f"https://github.com/{repository}/issues/{number}"


def _pitfall(entry: dict) -> Pitfall:
    values = {
        key: value.strip() if isinstance(value, str) else value for key, value in entry.items()
    }
    mend = Mend(values.pop("mend_text"), entry["mend_diff"].strip("\n"))
    values.pop("mend_diff")
    return Pitfall(
        kind=values.pop("class"),
        found_by=tuple(values.pop("found_by")),
        symptoms=tuple(Symptom(**symptom) for symptom in values.pop("symptoms")),
        references=tuple(values.pop("references")),
        mend=mend,
        **values,
    )
