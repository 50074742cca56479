"""A finding: what the doctor says about one place of a project."""

from dataclasses import dataclass, field

from workshop import pitfalls
from workshop.doctor.secrets import masked


@dataclass(frozen=True)
class Place:
    """A file of the project, relative to its folder, with "/" between its parts; 0 is no line."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Change:
    """The smallest change that mends a finding: lines out, lines in, and what they stand below."""

    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    below: str = ""

    def masked(self) -> "Change":
        old, new = (tuple(masked(line) for line in lines) for lines in (self.old, self.new))
        return Change(old, new, masked(self.below))

    def lines(self) -> list[str]:
        """Return it as the lines of a diff."""
        below = [f"  {self.below}"] if self.below else []
        return below + [f"- {line}" for line in self.old] + [f"+ {line}" for line in self.new]


@dataclass(frozen=True)
class Finding:
    """One finding.

    `what` says what is wrong here, `condition` when it breaks, for what is no error. `symptom` is
    what a person would see. `change` is None where the registry's example has to do.
    """

    id: str
    severity: str
    what: str
    place: Place
    symptom: pitfalls.Symptom
    condition: str = ""
    mend: str = ""
    change: Change | None = None
    found_by: str = "static"
    pitfall: pitfalls.Pitfall = field(repr=False, compare=False, default=None)

    @property
    def urgency(self) -> tuple:
        """Sorts findings: the most urgent first, then what shows first, then by place."""
        return (
            pitfalls.SEVERITIES.index(self.severity),
            FIRST_TO_SHOW.get(self.id, 50),
            self.id,
            self.place.file,
            self.place.line,
        )


# What keeps the server from starting comes first, then what fails at the first socket, and so on.
ORDER = "P18 P19 P03 P02 P17 P16 P52 P07 P04 P09 P08 P10 P47 P28 P46 P06 P05 P45 P44 P43 P15 P35"
ORDER += " P22 P23 P37 P20 P21 P24 P01 P32 P25 P11 P13 P30 P49 P42"
FIRST_TO_SHOW = {name: rank for rank, name in enumerate(ORDER.split())}


def finding(
    name: str,
    what: str,
    place: Place = Place(),  # noqa: B008 (it is frozen)
    *,
    case: str = "",
    fill: dict[str, str] | None = None,
    severity: str = "",
    condition: str = "",
    mend: str = "",
    change: Change | None = None,
    found_by: str = "static",
) -> Finding:
    """Return the finding of the pitfall `name`; secrets in what it quotes are masked.

    `case` chooses the symptom, in which `fill` replaces the example's names by the project's.
    """
    pitfall = pitfalls.find(name)
    symptom = pitfall.symptom(case)
    text = symptom.text
    for old, new in (fill or {}).items():
        text = text.replace(old, new)
    return Finding(
        id=pitfall.id,
        severity=severity or pitfall.severity,
        what=masked(what),
        place=place,
        symptom=pitfalls.Symptom(masked(text), symptom.where, symptom.when, symptom.case),
        condition=condition,
        mend=masked(mend) or pitfall.mend.text,
        change=change and change.masked(),
        found_by=found_by,
        pitfall=pitfall,
    )
