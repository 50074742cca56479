"""A finding: something that the doctor reports about one place in a project."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict, Unpack

from channels_doctor import pitfalls
from channels_doctor.redaction.secrets import masked
from channels_doctor.redaction.shown import shown


@dataclass(frozen=True)
class Place:
    """A file of the project, relative to its folder, with "/" as separator; 0 means no line."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Change:
    """The smallest change that fixes a finding: removed and added lines, and those above."""

    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    below: str = ""

    def lines(self) -> list[str]:
        """Return the lines of a diff, without strings that have nothing to do with the change."""
        return shown(self.old, self.new, self.below)


@dataclass(frozen=True)
class Finding:
    """A finding.

    `what` says what is wrong here, and `condition` when it breaks, unless it always does.
    `symptom` is what a person would see. `change` is None if only the registry's example can
    be shown. `about` is the name that it concerns, if the pitfall can affect several: a method of a
    layer, for example. It isn't `certain` if it depends on settings whose value the source doesn't
    show.
    """

    id: str
    severity: str
    what: str
    place: Place
    symptom: pitfalls.Symptom
    condition: str = ""
    fix: str = ""
    change: Change | None = None
    found_by: str = "static"
    about: str = ""
    certain: bool = True
    pitfall: pitfalls.Pitfall = field(repr=False, compare=False, default=None)

    @property
    def urgency(self) -> tuple:
        """Sorts findings: most urgent first, then by when they show, then by place."""
        return (
            pitfalls.SEVERITIES.index(self.severity),
            self.pitfall.rank,
            self.id,
            self.place.file,
            self.place.line,
        )


class Details(TypedDict, total=False):
    """The fields of a Finding that `finding` takes as they are."""

    condition: str
    change: Change | None
    found_by: str
    about: str


def finding(
    name: str,
    what: str,
    place: Place = Place(),  # noqa: B008 (it is frozen)
    *,
    case: str = "",
    values: Mapping[str, object] | None = None,
    message: str = "",
    severity: str = "",
    fix: str = "",
    **details: Unpack[Details],
) -> Finding:
    """Return a finding for the pitfall `name`, with secrets in its quotes masked.

    `case` selects the symptom, and `values` fill its placeholders. `message` is the actual error,
    if there was one. Raises ValueError for a missing or unknown placeholder.
    """
    pitfall = pitfalls.find(name)
    symptom = pitfall.symptom(case)
    text = message or symptom.with_values(values or {})
    return Finding(
        id=pitfall.id,
        severity=severity or pitfall.severity,
        what=masked(what),
        place=place,
        symptom=replace(symptom, text=masked(text)),
        fix=masked(fix) or pitfall.fix.text,
        pitfall=pitfall,
        **details,
    )
