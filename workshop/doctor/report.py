"""Print an examination for a person: what is wrong, what they see, why, and what to do now."""

from collections import Counter

from rich.console import Console
from rich.text import Text

from workshop import pitfalls
from workshop.doctor.examine import Examination
from workshop.doctor.finding import Finding

STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
SIGNS = {"+": "green", "-": "red"}
WIDEST = 100
PLACES = {"terminal": "in the terminal", "browser": "in the browser's console", "test": "in a test"}
ORDER = ("python", "django", "channels", "channels_redis", "redis", "daphne", "uvicorn")
NAMES = {"python": "Python", "django": "Django", "redis": "redis-py"}


class Report:
    """Prints to `console`, in lines that fit it."""

    def __init__(self, console: Console):
        self.console = console

    def text(self, text: str | Text, indent: int = 0, hanging: int = 0) -> None:
        """Print `text`, each line after `indent` blanks, from the second on `hanging` more."""
        content = text if isinstance(text, Text) else Text(text)
        width = min(self.console.width, WIDEST) - indent - hanging
        for number, line in enumerate(content.wrap(self.console, width)):
            line.rstrip()
            blanks = " " * (indent + (hanging if number else 0))
            self.console.print(Text(blanks).append_text(line), soft_wrap=True)

    def blank(self) -> None:
        self.console.print()

    def examination(self, found: Examination) -> None:
        """Print everything: the head, the troubles, each finding, and what to do next."""
        self.text(head(found))
        for trouble in found.troubles:
            self.blank()
            self.text(Text.assemble(("ERROR  ", STYLES["error"]), trouble))
        for one in found.findings:
            self.blank()
            self.finding(one)
        if found.live:
            self.blank()
            for line in found.live.sentences():
                self.text(line)
        self.blank()
        self.text(Text(closing(found), style="bold"))
        if found.findings:
            first = found.findings[0].pitfall
            self.text(f"All about {first.id}, here: {pitfalls.explain_pointer(first)}")

    def finding(self, one: Finding) -> None:
        title = Text(f"{one.severity.upper():<8}{one.id}  ", style=STYLES[one.severity])
        self.text(title.append(one.pitfall.title, style="bold"))
        if one.place.file:
            self.text(Text(str(one.place), style="cyan"), 8)
        self.text(one.what, 8)
        if one.condition:
            self.text(f"It breaks {one.condition}.", 8)
        self.symptom(one.symptom)
        self.part("Why", one.pitfall.why)
        self.part("Mend it", one.mend)
        self.diff(example(one.pitfall) if one.change is None else one.change.lines())
        self.text(f"More: {pitfalls.pointer(one.pitfall)}", 8)

    def symptom(self, symptom: pitfalls.Symptom) -> None:
        if symptom.where == "nowhere":
            self.part("You see", f"{symptom.text} ({symptom.when})")
            return
        self.part("You see", f"{PLACES[symptom.where]}, {symptom.when}:")
        self.text(Text(symptom.text, style="magenta"), 10)

    def part(self, name: str, text: str) -> None:
        """Print a short word and what belongs to it, whose own line breaks do not count."""
        joined = " ".join(text.split())
        self.text(Text.assemble((f"{name}: ", "bold"), joined), 8)

    def diff(self, lines: list[str]) -> None:
        for line in _dedented(lines):
            self.text(Text(line, style=SIGNS.get(line[:1], "")), 10, 4)

    def explain(self, pitfall: pitfalls.Pitfall) -> None:
        """Print the registry's entry."""
        self.text(Text(f"{pitfall.id}  {pitfall.title}", style="bold"))
        for symptom in pitfall.symptoms:
            self.blank()
            self.symptom(symptom)
        self.blank()
        self.part("Why", pitfall.why)
        self.blank()
        self.part("Mend it", pitfall.mend.text)
        self.diff(pitfall.mend.diff.splitlines())
        self.blank()
        self.part("Find it", pitfall.find)
        self.part("Seen with", pitfall.versions)
        if pitfall.references:
            self.part("Reported in", " ".join(map(pitfalls.reference_url, pitfall.references)))
        self.text(f"The page: {pitfalls.pointer(pitfall)}", 8)


def head(found: Examination) -> str:
    """Return what was examined, with the versions that decide."""
    facts = found.context.facts
    name = found.project.folder.name
    if not facts:
        return f"{name}, settings {found.project.settings}"
    versions = {"python": ".".join(map(str, facts["python"])), **facts["versions"]}
    known = ", ".join(f"{NAMES.get(key, key)} {versions[key]}" for key in ORDER if key in versions)
    return f"{name}, settings {found.project.settings}; {known}"


def closing(found: Examination) -> str:
    """Return the last line: how many, and what to do next."""
    counts = Counter(one.severity for one in found.findings)
    parts = [
        f"{counts[name]} {name}{'s' if counts[name] > 1 else ''}"
        for name in pitfalls.SEVERITIES
        if counts[name]
    ]
    if found.troubles:
        also = f" Found so far: {', '.join(parts)}." if parts else ""
        return f"Not everything could be examined: mend what is said above first.{also}"
    if not parts:
        if not found.context.uses_channels:
            return "This project does not use Channels yet: there is nothing to examine."
        return "Nothing is wrong, as far as the doctor can see."
    first = found.findings[0]
    place = f" ({first.place})" if first.place.file else ""
    return f"{', '.join(parts)}. Begin with {first.id}{place}, then run the doctor again."


def example(pitfall: pitfalls.Pitfall) -> list[str]:
    """Return the registry's change, as an example for one's own project."""
    lines = [line for line in pitfall.mend.diff.splitlines() if line[:3] not in ("---", "+++")]
    return ["For example:", *(f"{line[:1]} {line[1:]}" for line in lines if line != "@@")]


def _dedented(lines: list[str]) -> list[str]:
    """Return diff lines without the indent that all of them share."""
    marked = [line for line in lines if line[:2] in ("+ ", "- ", "  ") and line[2:].strip()]
    share = min((len(line[2:]) - len(line[2:].lstrip()) for line in marked), default=0)
    return [line[:2] + line[2 + share :] if line in marked else line for line in lines]
