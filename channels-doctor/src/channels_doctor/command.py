"""Choose the project, examine it, print the findings, and return the exit code."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.console import Console

from channels_doctor import pitfalls, variable_files
from channels_doctor import project as projects
from channels_doctor.errors import DoctorError, InvalidArgument
from channels_doctor.examination import Examination, examine
from channels_doctor.live.private_redis import FindProgram, find_program
from channels_doctor.output import as_github, as_json, as_sarif
from channels_doctor.output.report import Report
from channels_doctor.pitfalls import lookup
from channels_doctor.pointers import INSTALLED, Pointers

DUMP = {"json": as_json.dump, "sarif": as_sarif.dump, "github": as_github.dump}
FAIL_ON = {"error": 1, "warning": 2, "note": 3}  # how many severities count as failures


def explain(name: str, console: Console, pointers: Pointers = INSTALLED) -> int:
    """Print the page of the pitfall `name`. If that is "-", look up the message on stdin.

    Raises InvalidArgument if there is no such pitfall, DoctorError if no message is known.
    """
    if name != "-":
        Report(console, pointers).explain(pitfalls.find(name))
        return 0
    found = lookup.find(sys.stdin.read())
    if not found:
        raise DoctorError(
            "This text contains no known message: paste the end of the traceback, or what the "
            "browser's console says."
        )
    report = Report(console, pointers)
    report.explain(found[0])
    for other in found[1:]:
        report.text(f"It may also be {other.id}: {other.title} ({pointers.explain(other)})")
    return 0


@dataclass(frozen=True)
class DoctorOptions:
    """The command line's options, except `--explain`. Their help texts explain them."""

    live: bool = False
    json: bool = False
    shape: str = "text"
    no_import: bool = False
    env_file: str = ""
    project: str = ""
    select: Iterable[str] = ()
    ignore: Iterable[str] = ()
    fail_on: str = "error"
    python: str = ""
    settings: str = ""


def run(
    folder: str,
    console: Console,
    options: DoctorOptions,
    *,
    variables: Mapping[str, str] | None = None,
    pointers: Pointers = INSTALLED,
    find_redis: FindProgram = find_program,
) -> int:
    """Examine the project in `folder`, print to `console`, and return the exit code, 0 or 1.

    `variables` are added to the project's environment, and `find_redis` returns the path of a Redis
    server for `live`. Raises InvalidArgument for an unknown id, and DoctorError if there is no
    project. If `shape` is one for programs, the document contains the error instead, and the exit
    code is 2 or 3.
    """
    shape = "json" if options.json else options.shape
    try:
        found = _selected(folder, console, options, variables or {}, find_redis)
    except DoctorError as error:
        if shape == "text":
            raise
        print(_refused(shape, str(error)))
        return error.refusal
    _print(found, shape, console, pointers)
    return code(found, options.fail_on)


def _selected(
    folder: str,
    console: Console,
    options: DoctorOptions,
    variables: Mapping[str, str],
    find_redis: FindProgram,
) -> Examination:
    """Return the examination that `options` ask for, with the selected findings only."""
    wanted, unwanted = ids(options.select), ids(options.ignore)
    if options.live and options.no_import:
        raise InvalidArgument("Choose --live or --no-import, because --live runs the project.")
    if options.env_file:
        variables = {**variables, **variable_files.read(options.env_file)}
    chosen = projects.find(folder, options.settings, options.python, options.project)
    is_for_programs = options.json or options.shape != "text"
    say = _teller(console, is_for_programs) if options.live else None
    found = _examined(chosen, dict(variables), say, find_redis, importing=not options.no_import)
    found.findings = [
        finding
        for finding in found.findings
        if (not wanted or finding.id in wanted) and finding.id not in unwanted
    ]
    return found


def _examined(chosen, variables, say, find_redis, importing: bool) -> Examination:
    """Examine the `chosen` project. With `say`, which reports progress, also try out its layers."""
    if say is None:
        return examine(chosen, variables, importing=importing)
    from channels_doctor.live.command import examine_live

    return examine_live(chosen, variables, say, find_redis=find_redis)


def _print(found: Examination, shape: str, console: Console, pointers: Pointers) -> None:
    if shape == "text":
        Report(console, pointers).examination(found)
    elif text := DUMP[shape](found):
        print(text)


def _refused(shape: str, sentence: str) -> str:
    """Return a document in the given `shape` that explains why nothing could be examined."""
    if shape == "json":
        return as_json.refusal(sentence)
    if shape == "sarif":
        return as_sarif.document([], [], [sentence])
    return as_github.trouble(sentence)


def code(found: Examination, fail_on: str = "error") -> int:
    """Return 1 if something couldn't be examined or is at least as severe as `fail_on`, else 0."""
    failing = pitfalls.SEVERITIES[: FAIL_ON[fail_on]]
    return int(
        bool(found.troubles) or any(finding.severity in failing for finding in found.findings)
    )


def ids(names: Iterable[str]) -> set[str]:
    """Return the ids in `names`, which may contain commas. Raises InvalidArgument."""
    words = [word for name in names for word in name.split(",") if word.strip()]
    return {pitfalls.find(word).id for word in words}


def _teller(console: Console, json: bool):
    """Return a function that shows a waiting user the progress."""
    if json or not console.is_terminal:
        return lambda text: None
    return lambda text: console.print(text, style="dim", markup=False)
