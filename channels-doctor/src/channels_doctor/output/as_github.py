"""An examination as annotations for GitHub Actions, one line per finding."""

from channels_doctor.examination import Examination
from channels_doctor.finding import Finding

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def dump(found: Examination) -> str:
    """Return the lines that make GitHub annotate the files of a pull request."""
    return "\n".join([*map(trouble, found.troubles), *map(_line, found.findings)])


def trouble(sentence: str) -> str:
    """Return the line for something that can't be examined."""
    return f"::error title=channels-doctor::{_message(sentence)}"


def _line(finding: Finding) -> str:
    properties = []
    if finding.place.file:
        properties = [f"file={_property(finding.place.file)}", f"line={max(finding.place.line, 1)}"]
    properties.append(f"title={_property(f'{finding.id} {finding.pitfall.title}')}")
    text = f"{finding.what} {' '.join(finding.fix.split())}"
    return f"::{COMMANDS[finding.severity]} {','.join(properties)}::{_message(text)}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
