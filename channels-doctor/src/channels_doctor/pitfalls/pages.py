"""A pitfall's page: everything that the catalogue knows about it, as Markdown."""

from channels_doctor.pitfalls import Pitfall, Symptom, reference_url
from channels_doctor.pointers import INSTALLED, Pointers

PLACES = {
    "terminal": "in the terminal",
    "browser": "in the browser",
    "test": "in a test",
    "nowhere": "nowhere",
}
KINDS = {
    "raises": ("You get an error message.", "danger"),
    "log line only": ("You only get a line in a log.", "warning"),
    "silent": ("You get no error message.", "info"),
}
SEVERITIES = {
    "error": "It doesn't work until you fix it.",
    "warning": "It works at first, and fails under certain conditions.",
    "note": "It's worth knowing.",
}
WAYS = {
    "static": "from the settings",
    "import": "by importing the ASGI module",
    "source": "by reading your source",
    "live": "by trying it out (`--live`)",
}


def markdown(pitfall: Pitfall, pointers: Pointers = INSTALLED, happens: str = "") -> str:
    """Return the page of `pitfall`; `happens` is a sentence about where to see it happen."""
    title, (_, box) = pitfall.title, KINDS[pitfall.kind]
    lines = ["---", f"title: '{pitfall.id} {_quoted(title)}'", "---", f"# {pitfall.id}: {title}"]
    lines += ["", f'!!! {box} "{summary(pitfall)}"', ""]
    lines += ["## What you see", ""]
    for symptom in pitfall.symptoms:
        lines += _symptom(symptom)
    lines += ["## Why", "", ended(pitfall.why), ""]
    lines += ["## How to fix it", "", ended(pitfall.fix.text), "", *_diff(pitfall.fix.diff)]
    lines += ["", "## How to find it", "", ended(pitfall.find), ""]
    lines += [found_by(pitfall, pointers), "", happens, ""]
    lines += ["## Seen with", "", seen_with(pitfall), ""]
    if pitfall.references:
        links = [f"[{name}]({reference_url(name)})" for name in pitfall.references]
        lines += [f"Reported as {', '.join(links)}.", ""]
    return "\n".join(lines)


def summary(pitfall: Pitfall) -> str:
    """Return how `pitfall` shows itself and how bad it is."""
    return f"{KINDS[pitfall.kind][0]} {SEVERITIES[pitfall.severity]}"


def found_by(pitfall: Pitfall, pointers: Pointers = INSTALLED) -> str:
    """Return a sentence about how the doctor finds `pitfall`, or "" if it can't."""
    if not pitfall.found_by:
        return (
            "The doctor can't find this one, because it only shows up while the project is running."
        )
    ways = " and ".join(WAYS[way] for way in pitfall.found_by)
    return f"`{pointers.doctor}` finds it {ways}."


def seen_with(pitfall: Pitfall) -> str:
    """Return a sentence with the versions that have `pitfall`."""
    return "All versions." if pitfall.versions == "all" else f"{pitfall.versions.rstrip('.')}."


def ended(text: str) -> str:
    """Return `text` with a full stop, unless it already ends a sentence."""
    return text if text.rstrip().endswith((".", ":", "!", "?")) else f"{text.rstrip()}."


def _symptom(symptom: Symptom) -> list[str]:
    if symptom.where == "nowhere":
        happens = f" It happens {symptom.when}." if symptom.when else ""
        said = f"{symptom.text[:1].upper()}{symptom.text[1:]}".rstrip(".")
        return [ended(said) + happens.replace("..", "."), ""]
    when = f", {symptom.when}" if symptom.when else ""
    head = f"{PLACES[symptom.where][:1].upper()}{PLACES[symptom.where][1:]}{when}:"
    return [head, "", "```{ .text .symptom }", *symptom.text.splitlines(), "```", ""]


def _diff(text: str) -> list[str]:
    if not text.strip():
        return []
    blocks: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("--- "):
            continue
        if line.startswith("+++ "):
            blocks.append((line.removeprefix("+++ ").removeprefix("b/"), []))
        elif line != "@@" or blocks[-1][1]:
            blocks[-1][1].append("…" if line == "@@" else line)
    shown = []
    for name, lines in blocks:
        shown += [f'```diff title="{name}"', *lines, "```", ""]
    return shown


def _quoted(text: str) -> str:
    return text.replace("'", "''").replace("`", "")
