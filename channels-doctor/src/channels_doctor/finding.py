"""A finding: what the doctor reports about one place in a project."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from channels_doctor import pitfalls
from channels_doctor.redaction.secrets import masked
from channels_doctor.redaction.shown import shown


@dataclass(frozen=True)
class Place:
    """A file of the project, relative to its folder, with "/" between its parts; 0 is no line."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Change:
    """The smallest change that fixes a finding: lines out, lines in, and what they stand below."""

    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    below: str = ""

    def lines(self) -> list[str]:
        """Return it as the lines of a diff, without texts that it is not about."""
        return shown(self.old, self.new, self.below)


@dataclass(frozen=True)
class Finding:
    """One finding.

    `what` says what is wrong here, `condition` when it breaks, for what is no error. `symptom` is
    what a person would see. `change` is None if the registry's example has to do. `about` is
    the name that it is about, where one pitfall concerns several: a method of a layer, for example.
    Not `certain` if it rests on settings whose source doesn't tell their value.
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
        """Sorts findings: the most urgent first, then what shows first, then by place."""
        return (
            pitfalls.SEVERITIES.index(self.severity),
            self.pitfall.rank,
            self.id,
            self.place.file,
            self.place.line,
        )


def finding(
    name: str,
    what: str,
    place: Place = Place(),  # noqa: B008 (it is frozen)
    *,
    case: str = "",
    values: Mapping[str, object] | None = None,
    message: str = "",
    severity: str = "",
    condition: str = "",
    fix: str = "",
    change: Change | None = None,
    found_by: str = "static",
    about: str = "",
) -> Finding:
    """Return the finding of the pitfall `name`; secrets in what it quotes are masked.

    `case` chooses the symptom, `values` fills its placeholders; `message` is the error itself
    where it was met. Raises ValueError for a placeholder that is missing or unknown.
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
        condition=condition,
        fix=masked(fix) or pitfall.fix.text,
        change=change,
        found_by=found_by,
        about=about,
        pitfall=pitfall,
    )
