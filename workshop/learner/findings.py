"""Turn a failure into help for a learner: what happened, why, where, and which pitfall it is."""

import functools
import os
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from workshop.base.commands import PROGRAM
from workshop.base.project_files import files, text_of
from workshop.learner import source
from workshop.learner.progress import Found
from workshop.learner.reading.project import GUESS, LIKELY, Mistake
from workshop.learner.reading.stories import code_story, page_story
from workshop.learner.running.trial import LIMIT, CodeLocation, Failure, Trial
from workshop.learner.versions import ChangedLines

PACKAGES = {
    "channels": "Channels",
    "channels_redis": "The Redis layer",
    "daphne": "Daphne",
    "django": "Django",
    "redis": "The Redis client",
}
OF_OUR_TESTS = ("Failed", "AssertionError")
LONGEST = 200
FEW_DIFFERENCES = 2
GROUP = r"\{(\d)\}"  # characters of `seen` in a `look`
OF_A_DIAGNOSIS = (2,)  # the rank of an entry in diagnoses.toml
BROWSER = {"browser", "open_page", "page", "open_room"}
CLIENTS = {"client", "client_of", "stranger", "admin_client", "async_client"}
WAITING = {"endless-loop", "input", "blocks", "missing-await"}
ROOTS = {
    "hidden-package", "empty-file", "misnamed-folder", "misnamed-file", "misplaced-file",
    "missing-comma", "diff-sign", "defined-twice", "too-early", "before-models",
}  # fmt: skip
OF_FUNCTIONS = {
    "missing-decorator", "wrong-order", "not-saved", "cut-off", "conditions",
}  # fmt: skip  # whose `about` is a function's name
OF_COMPARISON = {
    "difference",
    "slip",
    "older-file",
}  # these say what to write, while the browser only says what broke
LEFT_OVER = "from the step before?"
OF_NO_CAUSE = {"never-used"}  # these only show that a line below is wrong or missing
FOR_SERVERS = (".py", ".html", ".toml", ".ini", ".txt")  # files that can change what a server does
FOR_BROWSERS = (*FOR_SERVERS, ".js", ".css", ".json")
OF_THE_ORIGIN = "P37"  # a socket that the Origin validator refused
OF_NO_PITFALL = {"before-models", "beside-entry"}  # whatever the error looks like


@dataclass(frozen=True)
class Explanation:
    """`happened` and `why` are sentences; `code` is the text of the line at `place`.

    `pitfall` is an id from the registry, or "". If `before_all` is true, nothing could be checked.
    `rule` is the rule that found it by reading the code, or "". `changes` are the lines that have
    changed since the goal was last met, or None if that's unknown or doesn't matter.
    """

    happened: str
    why: str = ""
    place: CodeLocation | None = None
    code: str = ""
    pitfall: str = ""
    before_all: bool = False
    rule: str = ""
    changes: tuple[ChangedLines, ...] | None = None

    @property
    def noted(self) -> Found:
        """The part of it that is stored for the hints."""
        place = self.place or CodeLocation("", 0)
        return Found(
            self.happened,
            self.why,
            place.path,
            place.line,
            self.code,
            self.pitfall,
            self.rule,
            self.before_all,
        )


@dataclass(frozen=True)
class Cause:
    """A mistake that may have caused a failure. A lower `rank` is more likely."""

    mistake: Mistake
    rank: tuple


def of_missing(folder: Path, path: str, solution: Path) -> Explanation:
    """Return the finding for a missing file that every project needs."""
    why = f"`{PROGRAM} diff 01 {folder.name} {path}` shows its original content."
    renamed = [
        mistake for mistake in source.misnamed(folder, solution) if path.startswith(mistake.about)
    ]
    why = renamed[0].says if renamed else why
    rule = renamed[0].rule if renamed else ""
    return Explanation(f"{path} is missing.", why, before_all=True, rule=rule)


def of_utf_16(path: str) -> Explanation:
    """Return the finding for a text file that an editor has saved as UTF-16."""
    happened = f"{path} is saved as UTF-16. Python and Django need it to be UTF-8."
    return Explanation(happened, place=CodeLocation(path, 1), before_all=True)


def of_syntax(folder: Path, place: CodeLocation, words: str) -> Explanation:
    """Return the finding for a file that isn't valid Python."""
    return _with_code(
        folder,
        Explanation(f"{place.path} isn't valid Python: {words}.", place=place, before_all=True),
    )


def of_stuck(folder: Path, trial: Trial, solution: Path) -> Explanation:
    """Return the finding for code that ran into the time limit."""
    what = "your project was imported" if trial.stuck_in == "import" else "your code ran"
    happened = f"After {LIMIT:g} s, the check was stopped while {what}, because it didn't end."
    place = trial.stuck if trial.stuck and trial.stuck.path else None
    why = (
        "Is there a loop that doesn't end, or a call that waits forever? "
        "If not, your computer may just be busy: check again."
    )
    before_all = trial.stuck_in == "import"
    finding = Explanation(happened, why, place, before_all=before_all)
    for mistake in source.mistakes(folder, solution):
        is_here = place and mistake.rule in WAITING and mistake.place.path == place.path
        if is_here or before_all and mistake.rule == "hidden-package":
            finding = _because(finding, mistake, mistake.pitfall)
            break
    return _with_code(folder, finding)


def of_unnoticed(folder: Path, solution: Path) -> tuple[Explanation, ...]:
    """Return the findings for mistakes that no test has noticed."""
    return tuple(
        _with_code(folder, Explanation("", mistake.says, mistake.place, rule=mistake.rule))
        for mistake in source.unnoticed(folder, solution)
    )


def of_failure(
    folder: Path, failure: Failure, trial: Trial, solution: Path, compare: bool = True
) -> Explanation:
    """Return the finding for `failure`, which occurred in the learner's `folder`.

    `solution` is the folder of the checkpoint that they are building. If their code should differ
    from it, pass `compare` as false.
    """
    places = failure.places or _places_in(failure.output, folder)
    finding = Explanation(
        _happened(failure, folder),
        place=places[0] if places else None,
        before_all=not (failure.test or trial.results),
    )
    entry, match = _diagnosis(failure, trial)
    told = code_story.of(folder, failure)
    if entry and told and told.is_certain and entry.get("pitfall") == OF_THE_ORIGIN:
        entry = None  # the learner's own code closed the socket
    causes = _causes(folder, failure, trial, places, solution)
    if not compare:
        causes = [cause for cause in causes if cause.mistake.certainty != GUESS]
    if told:
        causes = [cause for cause in causes if cause.mistake.rule not in OF_NO_CAUSE]
    if entry or _surest(causes, entry):
        finding = _explained(folder, finding, causes, entry, match)
    else:
        finding = _most_likely(folder, failure, finding, causes)
        if told and not (finding.why or finding.place):
            finding = replace(finding, why=told.says, place=told.place)
    return _with_code(folder, finding)


def _explained(
    folder: Path, finding: Explanation, causes: list[Cause], entry: dict | None, match: re.Match
) -> Explanation:
    """Return `finding` with the surest of `causes`, or else with the diagnosis `entry`."""
    if surest := _surest(causes, entry):
        finding = _because(finding, surest, _pitfall_of(surest, entry))
        if surest.says.endswith(LEFT_OVER) and (better := _compared_there(finding, causes)):
            finding = replace(finding, why=f"{finding.why} {better}")
        return finding
    finding = _diagnosed(folder, finding, entry, match)
    if difference := _elsewhere(finding, entry, causes):
        mistake = replace(difference, says=f"{finding.why} {difference.says}")
        finding = _because(finding, mistake, finding.pitfall)
    return finding


def with_changes(
    folder: Path, finding: Explanation, changes: tuple[ChangedLines, ...] | None, in_browser: bool
) -> Explanation:
    """Return `finding` with those of `changes` that can matter for the goal.

    The goal was met before them. If nothing else is known and there's only one, that's the place.
    """
    relevant = tuple(change for change in changes or () if _can_matter(change, in_browser))
    if changes is None or changes and not relevant:
        return finding
    finding = replace(finding, changes=relevant)
    if finding.why or len(relevant) != 1:
        return finding
    place = CodeLocation(relevant[0].path, relevant[0].line)
    why = f"{place.path} has changed here since this goal was last met."
    return _with_code(folder, replace(finding, why=why, place=place))


def _can_matter(change: ChangedLines, in_browser: bool) -> bool:
    return change.path.endswith(FOR_BROWSERS if in_browser else FOR_SERVERS)


def _surest(causes: list[Cause], entry: dict | None) -> Mistake | None:
    """Return the mistake that explains the failure better than the diagnosis `entry` does."""
    surest = [cause.mistake for cause in causes if cause.rank < OF_A_DIAGNOSIS]
    if entry and "rather" in entry:
        surest += [cause.mistake for cause in causes if cause.mistake.pitfall == entry["rather"]]
    return surest[0] if surest else None


def _pitfall_of(mistake: Mistake, entry: dict | None) -> str:
    if mistake.rule in OF_NO_PITFALL or mistake.says.endswith(LEFT_OVER):
        return ""
    return mistake.pitfall or (entry or {}).get("pitfall", "")


def _most_likely(
    folder: Path, failure: Failure, finding: Explanation, causes: list[Cause]
) -> Explanation:
    """Return `finding` with suggestions from the code or the browser, without a diagnosis."""
    story = page_story.of(folder, failure)
    if causes and not (story and story.is_error and causes[0].mistake.rule not in OF_COMPARISON):
        mistake = causes[0].mistake
        if mistake.certainty == GUESS:
            says = f"{_in_plain_words(failure)} {mistake.says}".strip()
            mistake = replace(mistake, says=says)
        if story:
            finding = replace(finding, happened=f"{finding.happened} {story.says}")
        return _because(finding, mistake, mistake.pitfall)
    if story:
        return replace(finding, why=story.says, place=story.place or finding.place)
    return replace(finding, why=_in_plain_words(failure))


def _in_plain_words(failure: Failure) -> str:
    """Return what a common error of Python means, or ""."""
    for entry in _diagnoses_file()["plain"]:
        if match := re.match(entry["seen"], f"{failure.kind}: {failure.message}"):
            return entry["says"].format(*match.groups())
    return ""


def _elsewhere(finding: Explanation, entry: dict, causes: list[Cause]) -> Mistake | None:
    """Return a difference from the step, if it must be the cause, instead of a diagnosis's place.

    If hardly anything else differs, that difference has to be the cause.
    """
    found = [cause.mistake for cause in causes if cause.mistake.rule in OF_COMPARISON]
    found = [mistake for mistake in found if mistake.place.line]
    is_near = any(_is_near(finding.place, mistake.place) for mistake in found)
    if found and (entry.get("vague") or len(found) <= FEW_DIFFERENCES and not is_near):
        return found[0]
    return None


def _compared_there(finding: Explanation, causes: list[Cause]) -> str:
    """Return what the step has at the place of a finding, or ""."""
    found = [cause.mistake for cause in causes if cause.mistake.rule in OF_COMPARISON]
    return next((one.says for one in found if _is_near(finding.place, one.place)), "")


def _is_near(place: CodeLocation | None, other: CodeLocation) -> bool:
    return bool(place) and place.path == other.path and abs(place.line - other.line) <= 3


def _because(finding: Explanation, mistake: Mistake, pitfall: str) -> Explanation:
    place = mistake.place if mistake.place.line else finding.place
    return replace(finding, why=mistake.says, place=place, pitfall=pitfall, rule=mistake.rule)


def _diagnosed(folder: Path, finding: Explanation, entry: dict, match: re.Match) -> Explanation:
    groups = [group or "" for group in match.groups()]
    method = groups[0].replace(".", "_") if groups else ""
    why = entry["says"].format(*groups, *[""] * 3, method=method)
    place = _named(folder, entry, groups) or _place_to_type(folder, entry, finding)
    return replace(finding, why=why, place=place, pitfall=entry.get("pitfall", ""))


def _place_to_type(folder: Path, entry: dict, finding: Explanation) -> CodeLocation | None:
    """Return the place that has to change, or else the place where the error occurred."""
    if "source" in entry and (source_of_it := _looked_up(folder, entry)):
        return source_of_it
    is_there = finding.place and finding.place.path.endswith(entry.get("files", ""))
    return (finding.place if is_there else None) or _looked_up(folder, entry) or finding.place


def _causes(folder, failure, trial, places, solution: Path) -> list[Cause]:
    """Return the mistakes that may explain `failure`, the most likely one first."""
    seen = [event.text for event in failure.pages]
    error = "\n".join([failure.message, failure.kind, *failure.more, failure.output, *seen])
    lines = {(place.path, place.line) for place in places}
    paths = {place.path for place in places}
    running = {place.function.rpartition(".")[2] for place in places}
    found = []
    for mistake in source.mistakes(folder, solution):
        if not _may_explain(mistake, failure):
            continue
        where = (mistake.place.path, mistake.place.line)
        is_quoted = any(word in error for word in mistake.words)
        is_root = mistake.rule in ROOTS
        is_inside = mistake.rule in OF_FUNCTIONS and mistake.about in running
        is_connected = is_quoted or is_inside or where in lines
        level = mistake.certainty
        if level == LIKELY:
            level = (0 if is_root else 1) if is_connected else 3
        level = 4 if mistake.certainty == GUESS else level
        level = 3.5 if mistake.rule == source.BY_THE_DOCTOR and level == 3 else level
        level = 4.5 if mistake.rule in OF_NO_CAUSE else level
        rank = (level, not is_connected, not is_root, where[0] not in paths)
        found.append(Cause(mistake, rank))
    return sorted(found, key=lambda cause: cause.rank)


def _happened(failure: Failure, folder: Path) -> str:
    words = failure.message.strip()
    return _sentence(
        _told_by_its_message(failure, words)
        or _told_by_a_test(failure, words)
        or _told_by_its_kind(failure, words, folder)
        or _raised(failure, words)
    )


def _told_by_its_message(failure: Failure, words: str) -> str:
    """Return how a refusal differed, what Django's check found, that no server ran, or ""."""
    if actual := re.search(r"Regex pattern did not match.*Actual message: '(.+)'", words, re.S):
        return f"it was refused with another error: {actual[1]}"
    if failure.kind == "SystemCheckError":
        lines = [line for line in words.splitlines() if re.search(r"\(\w+\.[EWC]\d+\)", line)]
        return f"Django's check says: {(lines or [words])[0].removeprefix('?: ')}"
    if words.startswith(("the server stopped", "the server wasn't listening")):
        return f"Your server didn't start: {_last_error(failure.output)}"
    return ""


def _told_by_a_test(failure: Failure, words: str) -> str:
    """Return what a test expected and didn't get, or ""."""
    first = words.splitlines()[0] if words else ""
    if failure.kind in OF_OUR_TESTS and not words.startswith("assert "):
        return first or "A test failed without a message"
    if compared := re.match(r"assert (.+) == (.+)$", first):
        return f"the test got {compared[1]} and expected {compared[2]}"
    return ""


def _told_by_its_kind(failure: Failure, words: str, folder: Path) -> str:
    """Return what a known kind of exception means here, or ""."""
    if lost := re.match(r"Exception ignored in: <coroutine object (\S+) at", words):
        return f"the coroutine {lost[1]}() was created but never awaited"
    if failure.kind == "InvalidStatus":
        status = re.search(r"HTTP (\d+)", words)
        cause = _last_error(failure.output)
        return f"a server refused a socket with {status[0] if status else words}: {cause}"
    if failure.kind == "HTTPError" and failure.url:
        status = words.split()[2].rstrip(":")
        return f"the page at {urlsplit(failure.url).path} answered {status}"
    if failure.kind == "ModuleNotFoundError" and failure.missing:
        return _missing_module(failure, folder)
    if failure.kind == "SyntaxError" and failure.places:
        return f"{failure.places[0].path} isn't valid Python: {words}"
    return ""


def _raised(failure: Failure, words: str) -> str:
    error = f"{failure.kind}: {words}" if words else failure.kind
    if failure.places:
        place = failure.places[0]
        who = place.path if place.function in ("", "<module>") else f"{place.function}()"
        return f"{who} raised {error}"
    who = PACKAGES.get(failure.raised_in)
    return f"{who} raised {error}" if who else error


def _missing_module(failure: Failure, folder: Path) -> str:
    name = failure.missing
    path = name.replace(".", "/")
    by = f"{failure.places[0].path} imports {name}" if failure.places else f"{name} is imported"
    if (folder / path.partition("/")[0]).is_dir():
        return f"{by}, but there's no file {path}.py"
    return f"{by}, but there's no installed package with that name"


def _diagnosis(failure: Failure, trial: Trial) -> tuple[dict, re.Match] | tuple[None, None]:
    error = "\n".join([f"{failure.kind}: {failure.message}", *failure.more])
    everything = "\n".join([error, failure.output, *trial.warnings])
    for text in (error, everything):
        for entry in _diagnoses():
            fits = re.search(entry.get("test", ""), failure.test)
            if fits and (match := re.search(entry["seen"], text)):
                return entry, match
    return None, None


def _may_explain(mistake: Mistake, failure: Failure) -> bool:
    test = failure.test.rpartition("::")[2].partition("[")[0]
    rules = _diagnoses_file()
    only_tests = rules["only_explains"].get(mistake.rule)
    only_methods = rules["only_explained_by"].get(test)
    if only_methods and mistake.rule == source.BY_THE_DOCTOR:
        return mistake.about in only_methods
    return (only_tests is None or test in only_tests) and _is_used(mistake.place.path, failure)


def _is_used(path: str, failure: Failure) -> bool:
    """Return whether a failed test could have used the file at `path`."""
    fixtures = set(failure.fixtures)
    if path in {place.path for place in failure.places}:
        return True
    if path.endswith(".js"):
        return bool(fixtures & BROWSER)
    if path.endswith((".html", "views.py", "forms.py")):
        return bool(fixtures & (BROWSER | CLIENTS))
    return True


def _named(folder: Path, entry: dict, groups: list[str]) -> CodeLocation | None:
    """Return the line with the value named in the error, which helps more than a traceback."""
    looks = [_with_groups(look, groups) for look in entry.get("look", ()) if re.search(GROUP, look)]
    return _first(folder, looks, entry)


def _looked_up(folder: Path, entry: dict) -> CodeLocation | None:
    looks = [look for look in entry.get("look", ()) if not re.search(GROUP, look)]
    return _first(folder, looks, entry)


def _with_groups(look: str, groups: list[str]) -> str:
    return re.sub(GROUP, lambda found: re.escape(groups[int(found[1])]), look)


def _first(folder: Path, looks: list[str], entry: dict) -> CodeLocation | None:
    found = (_look(folder, look, entry.get("files", "")) for look in looks)
    return next(filter(None, found), None)


def _look(folder: Path, expression: str, ending: str) -> CodeLocation | None:
    """Return the learner's first line that matches `expression`, in files with that extension."""
    for inside, path in files(folder).items():
        if inside.startswith("tests/") or not inside.endswith(ending or (".py", ".js", ".html")):
            continue
        for number, line in enumerate((text_of(path.read_bytes()) or "").splitlines(), 1):
            if re.search(expression, line) and not line.lstrip().startswith(
                ("#", "from ", "import ")
            ):
                return CodeLocation(inside, number)
    return None


def _places_in(output: str, folder: Path) -> tuple[CodeLocation, ...]:
    """Return the learner's lines that the last traceback in `output` names, innermost first."""
    last = output.rpartition("Traceback (most recent call last)")[2]
    found = re.findall(r'File "(.+?)", line (\d+), in (.+)', last) if last != output else []
    theirs = files(folder)
    own = [match for match in found if match[0].replace(os.sep, "/") in theirs]
    places = [
        CodeLocation(path.replace(os.sep, "/"), int(line), name)
        for path, line, name in reversed(own)
    ]
    return tuple(place for place in places if not place.path.startswith(("tests/", "manage.py")))


def _last_error(output: str) -> str:
    errors = re.findall(
        r"^(?:[\w.]+\.)?(\w*(?:Error|Exception|Warning|Configured|NotReady): .+)$", output, re.M
    )
    lines = [line for line in output.splitlines() if line.strip()]
    return (errors or lines or ["it printed nothing"])[-1].strip()


def _with_code(folder: Path, finding: Explanation) -> Explanation:
    if not finding.place:
        return finding
    path = folder / finding.place.path
    lines = (text_of(path.read_bytes()) or "").splitlines() if path.is_file() else []
    code = lines[finding.place.line - 1].strip() if finding.place.line <= len(lines) else ""
    return replace(finding, code=code)


def _sentence(words: str) -> str:
    line = " ".join(re.sub(r" \((/|[A-Z]:\\)\S+\.py\)", "", words).split())
    line = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    starts_with_name = re.match(r"\S*[/._(]|\w+\(", line.split(" ")[0])
    line = line if starts_with_name else line[:1].upper() + line[1:]
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."


def _diagnoses() -> list[dict]:
    return _diagnoses_file()["diagnosis"]


@functools.cache
def _diagnoses_file() -> dict:
    with Path(__file__).with_name("diagnoses.toml").open("rb") as file:
        return tomllib.load(file)
