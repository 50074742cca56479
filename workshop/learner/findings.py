"""Turn a failure into what a learner can use: what happened, why, where, which pitfall it is."""

import functools
import os
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from workshop.learner import source
from workshop.learner.trial import LIMIT, Failure, Place, Trial
from workshop.tree import files, text_of

PACKAGES = {
    "channels": "Channels",
    "channels_redis": "The Redis layer",
    "daphne": "Daphne",
    "django": "Django",
    "redis": "The Redis client",
}
OF_OUR_TESTS = ("Failed", "AssertionError")
LONGEST = 300


@dataclass(frozen=True)
class Finding:
    """`happened` and `why` are sentences; `code` is the text of the line at `place`.

    `pitfall` is an id of the registry, or "". `before_all` is true where nothing could be checked.
    """

    happened: str
    why: str = ""
    place: Place | None = None
    code: str = ""
    pitfall: str = ""
    before_all: bool = False


def of_missing(folder: Path, path: str) -> Finding:
    """Return the finding for a file that no project can do without."""
    why = f"`python3 -m workshop diff 01 {folder.name} {path}` shows what was in it."
    return Finding(f"{path} is missing.", why, before_all=True)


def of_syntax(folder: Path, place: Place, words: str) -> Finding:
    """Return the finding for a file that is no Python."""
    return _with_code(
        folder, Finding(f"{place.path} is no valid Python: {words}.", place=place, before_all=True)
    )


def of_stuck(folder: Path, trial: Trial) -> Finding:
    """Return the finding for code that ran into the time limit."""
    what = "your project was imported" if trial.stuck_in == "import" else "your code ran"
    happened = f"After {LIMIT:g} s the check was stopped while {what}: it never came to an end."
    place = trial.stuck if trial.stuck and trial.stuck.path else None
    why = "Is there a loop that does not end, or a call that waits for ever?"
    before_all = trial.stuck_in == "import"
    return _with_code(folder, Finding(happened, why, place, before_all=before_all))


def of_failure(folder: Path, failure: Failure, trial: Trial) -> Finding:
    """Return the finding for `failure`, seen in the learner's `folder`."""
    places = failure.places or _places_in(failure.output, folder)
    finding = Finding(
        _happened(failure, folder),
        place=places[0] if places else None,
        before_all=not (failure.test or trial.results),
    )
    entry, match = _diagnosis(failure, trial)
    mistakes = _mistakes(folder, failure)
    if entry and "rather" in entry:
        mistakes = [one for one in mistakes if one.pitfall == entry["rather"]]
        entry = None if mistakes else entry
    if entry:
        groups = [group or "" for group in match.groups()]
        why = entry["says"].format(*groups, *[""] * 3)
        place = _named(folder, entry, groups) or finding.place or _looked_up(folder, entry)
        finding = replace(finding, why=why, place=place, pitfall=entry.get("pitfall", ""))
    elif mistakes:
        one = mistakes[0]
        finding = replace(finding, why=one.says, place=one.place, pitfall=one.pitfall)
    return _with_code(folder, finding)


def _happened(failure: Failure, folder: Path) -> str:
    words = failure.message.strip()
    if failure.kind == "SystemCheckError":
        lines = [line for line in words.splitlines() if re.search(r"\(\w+\.[EWC]\d+\)", line)]
        return _sentence(f"Django's check says: {(lines or [words])[0].removeprefix('?: ')}")
    if words.startswith(("the server stopped", "the server did not listen")):
        return _sentence(f"Your server did not start: {_last_error(failure.output)}")
    if failure.kind in OF_OUR_TESTS and not words.startswith("assert "):
        return _sentence(words.splitlines()[0] if words else "A test failed without a word")
    if failure.kind == "InvalidStatus":
        status = re.search(r"HTTP (\d+)", words)
        cause = _last_error(failure.output)
        return _sentence(
            f"a server refused a socket with {status[0] if status else words}: {cause}"
        )
    if failure.kind == "HTTPError" and failure.url:
        return _sentence(f"the page at {urlsplit(failure.url).path} answered {words.split()[2]}")
    if failure.kind == "ModuleNotFoundError" and failure.missing:
        return _sentence(_missing_module(failure, folder))
    if failure.kind == "SyntaxError" and failure.places:
        return _sentence(f"{failure.places[0].path} is no valid Python: {words}")
    error = f"{failure.kind}: {words}" if words else failure.kind
    if failure.places:
        place = failure.places[0]
        who = place.path if place.function in ("", "<module>") else f"{place.function}()"
        return _sentence(f"{who} raised {error}")
    who = PACKAGES.get(failure.raised_in)
    return _sentence(f"{who} raised {error}" if who else error)


def _missing_module(failure: Failure, folder: Path) -> str:
    name = failure.missing
    path = name.replace(".", "/")
    by = f"{failure.places[0].path} imports {name}" if failure.places else f"{name} is imported"
    if (folder / path.partition("/")[0]).is_dir():
        return f"{by}, and there is no file {path}.py"
    return f"{by}, and no installed package is called so"


def _diagnosis(failure: Failure, trial: Trial) -> tuple[dict, re.Match] | tuple[None, None]:
    error = "\n".join([f"{failure.kind}: {failure.message}", *failure.more])
    everything = "\n".join([error, failure.output, *trial.warnings])
    for text in (error, everything):
        for entry in _diagnoses():
            fits = re.search(entry.get("test", ""), failure.test)
            if fits and (match := re.search(entry["seen"], text)):
                return entry, match
    return None, None


def _mistakes(folder: Path, failure: Failure) -> list[source.Mistake]:
    """Return the mistakes in the learner's code that may explain a failure without an error."""
    found = []
    for mistake in source.mistakes(folder):
        if "accept() comes before" in mistake.says and "misses_nothing" not in failure.test:
            continue
        if "still in the group" in failure.message and "group_discard" not in mistake.says:
            continue
        found.append(mistake)
    return found


def _named(folder: Path, entry: dict, groups: list[str]) -> Place | None:
    """Return the line that holds the very value that the error names: no traceback is better."""
    looks = [
        one.replace("{0}", re.escape(groups[0])) for one in entry.get("look", ()) if "{0}" in one
    ]
    return _first(folder, looks, entry)


def _looked_up(folder: Path, entry: dict) -> Place | None:
    return _first(folder, [one for one in entry.get("look", ()) if "{0}" not in one], entry)


def _first(folder: Path, looks: list[str], entry: dict) -> Place | None:
    found = (_look(folder, look, entry.get("files", "")) for look in looks)
    return next(filter(None, found), None)


def _look(folder: Path, expression: str, ending: str) -> Place | None:
    """Return the first line of the learner's that `expression` finds in files of that ending."""
    for inside, path in files(folder).items():
        if inside.startswith("tests/") or not inside.endswith(ending or (".py", ".js", ".html")):
            continue
        for number, line in enumerate((text_of(path.read_bytes()) or "").splitlines(), 1):
            if re.search(expression, line) and not line.lstrip().startswith(
                ("#", "from ", "import ")
            ):
                return Place(inside, number)
    return None


def _places_in(output: str, folder: Path) -> tuple[Place, ...]:
    """Return the learner's lines that the last traceback in `output` names, the innermost first."""
    last = output.rpartition("Traceback (most recent call last)")[2]
    found = re.findall(r'File "(.+?)", line (\d+), in (.+)', last) if last != output else []
    theirs = files(folder)
    own = [one for one in found if one[0].replace(os.sep, "/") in theirs]
    places = [
        Place(path.replace(os.sep, "/"), int(line), name) for path, line, name in reversed(own)
    ]
    return tuple(place for place in places if not place.path.startswith(("tests/", "manage.py")))


def _last_error(output: str) -> str:
    errors = re.findall(
        r"^(?:[\w.]+\.)?(\w*(?:Error|Exception|Warning|Configured|NotReady): .+)$", output, re.M
    )
    lines = [line for line in output.splitlines() if line.strip()]
    return (errors or lines or ["it printed nothing"])[-1].strip()


def _with_code(folder: Path, finding: Finding) -> Finding:
    if not finding.place:
        return finding
    path = folder / finding.place.path
    lines = (text_of(path.read_bytes()) or "").splitlines() if path.is_file() else []
    code = lines[finding.place.line - 1].strip() if finding.place.line <= len(lines) else ""
    return replace(finding, code=code)


def _sentence(words: str) -> str:
    line = " ".join(words.split())
    line = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    starts_with_name = re.match(r"\S*[/._(]|\w+\(", line.split(" ")[0])
    line = line if starts_with_name else line[:1].upper() + line[1:]
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."


@functools.cache
def _diagnoses() -> list[dict]:
    with Path(__file__).with_name("diagnoses.toml").open("rb") as file:
        return tomllib.load(file)["diagnosis"]
