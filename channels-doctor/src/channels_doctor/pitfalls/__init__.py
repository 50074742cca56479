"""The catalogue of pitfalls, read from `pitfalls.toml`. Standard library only."""

import difflib
import functools
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from channels_doctor.errors import InvalidArgument

FILE = Path(__file__).with_name("pitfalls.toml")
CLASSES = ("raises", "log line only", "silent")
SEVERITIES = ("error", "warning", "note")  # the most urgent first
WAYS = ("static", "import", "source", "live")
PLACES = ("terminal", "browser", "test", "nowhere")


@dataclass(frozen=True)
class Symptom:
    """What a person sees: `text`, word for word, in the place `where`, at the time `when`.

    `template` is the text with {placeholders} for what differs between projects. `case`
    distinguishes several symptoms of one pitfall. If nothing shows, `where` is "nowhere", and
    `text` is a sentence about that.
    """

    text: str
    template: str
    where: str
    when: str
    case: str = ""

    @property
    def placeholders(self) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(self.template) if name}

    def with_values(self, values: Mapping[str, object]) -> str:
        """Return the text with `values`. Raises ValueError unless they fit the placeholders."""
        if set(values) != self.placeholders:
            wanted = ", ".join(sorted(self.placeholders)) or "none"
            raise ValueError(f"The symptom {self.template!r} needs these values: {wanted}.")
        return self.template.format_map(values)


@dataclass(frozen=True)
class Fix:
    """How to fix a pitfall: `text` explains it, `diff` is a minimal change that does it."""

    text: str
    diff: str


@dataclass(frozen=True)
class Pitfall:
    """One entry of the registry. Its texts are Markdown, and `pitfalls.toml` explains each field.

    `kind` is the entry's class, and `also` contains other forms of its messages. `found_by` is
    empty and `rank` is None if the doctor can't find it.
    """

    id: str
    title: str
    kind: str
    severity: str
    rank: int | None
    found_by: tuple[str, ...]
    symptoms: tuple[Symptom, ...]
    why: str
    fix: Fix
    find: str
    versions: str
    references: tuple[str, ...]
    also: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The path of its page in the docs: "pitfalls/p01/"."""
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
    """Return the pitfall called `name`: "P01", "p1" or "1". Raises InvalidArgument for others."""
    digits = name.strip().lower().removeprefix("p")
    wanted = f"P{int(digits):02}" if digits.isascii() and digits.isdigit() else name.upper()
    known = {pitfall.id: pitfall for pitfall in load()}
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise InvalidArgument(
        f"There is no pitfall called {name}.{guess} They are P01 to P{len(known)}."
    )


def reference_url(reference: str) -> str:
    """Return the URL of "OWNER/REPOSITORY#NUMBER"."""
    repository, _, number = reference.partition("#")
    return f"https://github.com/{repository}/issues/{number}"


def _pitfall(entry: dict) -> Pitfall:
    values = {
        key: value.strip() if isinstance(value, str) else value for key, value in entry.items()
    }
    fix = Fix(values.pop("fix_text"), entry["fix_diff"].strip("\n"))
    values.pop("fix_diff")
    return Pitfall(
        kind=values.pop("class"),
        rank=values.pop("rank", None),
        found_by=tuple(values.pop("found_by")),
        symptoms=tuple(_symptom(symptom) for symptom in values.pop("symptoms")),
        references=tuple(values.pop("references")),
        also=tuple(values.pop("also", ())),
        fix=fix,
        **values,
    )


def _symptom(entry: dict) -> Symptom:
    template = entry["text"]
    return Symptom(
        text=template.format_map(entry.get("example", {})),
        template=template,
        where=entry["where"],
        when=entry["when"],
        case=entry.get("case", ""),
    )
