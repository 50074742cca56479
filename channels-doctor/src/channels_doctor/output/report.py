"""Print an examination for people: what's wrong, what they see, why, and how to fix it."""

from collections import Counter

from rich.console import Console
from rich.text import Text

from channels_doctor import pitfalls
from channels_doctor.examination import Examination
from channels_doctor.finding import Finding
from channels_doctor.pitfalls import pages
from channels_doctor.pointers import INSTALLED, Pointers

STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
SIGNS = {"+": "green", "-": "red"}
WIDEST = 100
MOST_ALIKE = 8  # how many more places of one kind to list
PLACES = {"terminal": "in the terminal", "browser": "in the browser's console", "test": "in a test"}
ORDER = ("python", "django", "channels", "channels_redis", "redis", "daphne", "uvicorn")
NAMES = {"python": "Python", "django": "Django", "redis": "redis-py"}


class Report:
    """Prints to `console`, in lines that fit. `pointers` say where to read more."""

    def __init__(self, console: Console, pointers: Pointers = INSTALLED):
        self.console = console
        self.pointers = pointers

    def text(self, text: str | Text, indent: int = 0, hanging: int = 0) -> None:
        """Print `text` indented by `indent` spaces, with `hanging` more from the second line on."""
        content = text if isinstance(text, Text) else Text(text)
        width = min(self.console.width, WIDEST) - indent - hanging
        for number, line in enumerate(content.wrap(self.console, width)):
            line.rstrip()
            blanks = " " * (indent + (hanging if number else 0))
            self.console.print(Text(blanks).append_text(line), soft_wrap=True)

    def blank(self) -> None:
        self.console.print()

    def examination(self, found: Examination) -> None:
        """Print everything: the header, the problems, each finding, and what to do next."""
        self.text(head(found))
        for trouble in found.troubles:
            self.blank()
            self.text(Text.assemble(("ERROR  ", STYLES["error"]), trouble))
        for remark in found.remarks:
            self.blank()
            self.text(Text.assemble(("NOTE  ", STYLES["note"]), remark))
        for alike in grouped(found.findings):
            self.blank()
            self.finding(alike[0], alike[1:])
        if found.live:
            self.blank()
            for line in found.live.sentences():
                self.text(line)
        self.blank()
        self.text(Text(closing(found), style="bold"))
        if found.findings and self.pointers.docs:
            first = found.findings[0].pitfall
            self.text(f"All about {first.id}, here: {self.pointers.explain(first)}")

    def finding(self, finding: Finding, alike: list[Finding] = ()) -> None:
        """Print `finding` in full, and the places of the `alike` ones."""
        title = Text(f"{finding.severity.upper():<8}{finding.id}  ", style=STYLES[finding.severity])
        self.text(title.append(finding.pitfall.title, style="bold"))
        if finding.place.file:
            self.text(Text(str(finding.place), style="cyan"), 8)
        self.text(finding.what, 8)
        if finding.condition:
            self.text(f"It breaks {finding.condition}.", 8)
        self.symptom(finding.symptom)
        self.part("Why", finding.pitfall.why)
        self.part("Fix it", finding.fix)
        self.diff(example(finding.pitfall) if finding.change is None else finding.change.lines())
        self.others(alike)
        self.text(f"More: {self.pointers.more(finding.pitfall)}", 8)

    def others(self, alike: list[Finding]) -> None:
        """Print one line for each finding of the same kind."""
        for other in alike[:MOST_ALIKE]:
            place = f"{other.place}: " if other.place.file else ""
            self.text(f"Also: {place}{other.what}", 8, 2)
        if len(alike) > MOST_ALIKE:
            self.text(f"And in {len(alike) - MOST_ALIKE} more places.", 8)

    def symptom(self, symptom: pitfalls.Symptom) -> None:
        if symptom.where == "nowhere":
            self.part("You see", f"{symptom.text} ({symptom.when})")
            return
        self.part("You see", f"{PLACES[symptom.where]}, {symptom.when}:")
        self.text(Text(symptom.text, style="magenta"), 10)

    def part(self, name: str, text: str) -> None:
        """Print a short label and its text, ignoring line breaks in the text."""
        joined = " ".join(text.split())
        self.text(Text.assemble((f"{name}: ", "bold"), joined), 8)

    def diff(self, lines: list[str]) -> None:
        for line in _dedented(lines):
            self.text(Text(line, style=SIGNS.get(line[:1], "")), 10, 4)

    def explain(self, pitfall: pitfalls.Pitfall) -> None:
        """Print the page of `pitfall`."""
        self.text(Text(f"{pitfall.id}  {pitfall.title}", style="bold"))
        self.text(pages.summary(pitfall), 8)
        for symptom in pitfall.symptoms:
            self.blank()
            self.symptom(symptom)
        self.blank()
        self.part("Why", pitfall.why)
        self.blank()
        self.part("Fix it", pitfall.fix.text)
        self.diff([_spaced(line) for line in pitfall.fix.diff.splitlines()])
        self.blank()
        self.part(
            "Find it", f"{pages.ended(pitfall.find)} {pages.found_by(pitfall, self.pointers)}"
        )
        self.part("Seen with", pages.seen_with(pitfall))
        if pitfall.references:
            self.part("Reported in", " ".join(map(pitfalls.reference_url, pitfall.references)))
        if self.pointers.docs:
            self.text(f"The page: {self.pointers.page(pitfall)}", 8)


def grouped(findings: list[Finding]) -> list[list[Finding]]:
    """Return `findings`, grouped by pitfall, severity and fix."""
    groups: dict[tuple, list[Finding]] = {}
    for finding in findings:
        key = (finding.id, finding.severity, finding.symptom.case, finding.fix)
        groups.setdefault(key, []).append(finding)
    return list(groups.values())


def head(found: Examination) -> str:
    """Return what was examined, with the relevant versions."""
    facts = found.context.facts
    name = found.project.folder.name
    if not facts:
        return f"{name}, settings {found.project.settings}"
    versions = {"python": ".".join(map(str, facts["python"])), **facts["versions"]}
    known = ", ".join(f"{NAMES.get(key, key)} {versions[key]}" for key in ORDER if key in versions)
    return f"{name}, settings {found.project.settings}; {known}"


def closing(found: Examination) -> str:
    """Return the last line: the number of findings, and what to do next."""
    counts = Counter(finding.severity for finding in found.findings)
    parts = [
        f"{counts[name]} {name}{'s' if counts[name] > 1 else ''}"
        for name in pitfalls.SEVERITIES
        if counts[name]
    ]
    if found.troubles:
        also = f" Found so far: {', '.join(parts)}." if parts else ""
        return f"Not everything could be examined. Fix the problems above first.{also}"
    if not parts:
        if not found.context.uses_channels:
            return "This project doesn't use Channels yet, so there's nothing to examine."
        return "The doctor didn't find anything wrong."
    first = found.findings[0]
    place = f" ({first.place})" if first.place.file else ""
    return f"{', '.join(parts)}. Begin with {first.id}{place}, then run the doctor again."


def example(pitfall: pitfalls.Pitfall) -> list[str]:
    """Return the registry's change as an example for the user's own project."""
    lines = [_spaced(line) for line in pitfall.fix.diff.splitlines()]
    return ["For example:", *(line for line in lines if not line.startswith(("--", "++", "@@")))]


def _spaced(line: str) -> str:
    """Return a line of a diff with a space after its sign, as in a finding's lines."""
    is_head = line.startswith(("--- ", "+++ ")) or line == "@@"
    return line if is_head else f"{line[:1]} {line[1:]}"


def _dedented(lines: list[str]) -> list[str]:
    """Return diff lines without their common indentation."""
    marked = [line for line in lines if line[:2] in ("+ ", "- ", "  ") and line[2:].strip()]
    share = min((len(line[2:]) - len(line[2:].lstrip()) for line in marked), default=0)
    return [line[:2] + line[2 + share :] if line in marked else line for line in lines]
