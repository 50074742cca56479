"""The verb `doctor`: choose the project, examine it, print it, and say how it is by exit code."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from workshop import course, pitfalls
from workshop.doctor import as_json, project
from workshop.doctor.examine import Examination, examine
from workshop.doctor.report import Report
from workshop.errors import UsageError
from workshop.serving import project_environment

FAIL_ON = {"error": 1, "warning": 2, "note": 3}  # how many of the severities fail


def explain(name: str, console: Console) -> int:
    """Print the pitfall called `name`. Raises UsageError where there is none."""
    Report(console).explain(pitfalls.find(name))
    return 0


def run(
    folder: str,
    console: Console,
    *,
    live: bool = False,
    json: bool = False,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    fail_on: str = "error",
    python: str = "",
    settings: str = "",
) -> int:
    """Examine the project in `folder`, print to `console`, and return the exit code: 0 or 1.

    `folder` may also be a checkpoint's name. Raises UsageError for names that do not exist,
    WorkshopError where there is no project.
    """
    wanted, unwanted = ids(select), ids(ignore)
    where, variables = choose(folder)
    chosen = project.find(where, settings, python)
    if live:
        from workshop.doctor.live.command import examine_live

        found = examine_live(chosen, variables, _teller(console, json))
    else:
        found = examine(chosen, variables)
    found.findings = [
        one for one in found.findings if (not wanted or one.id in wanted) and one.id not in unwanted
    ]
    if json:
        print(as_json.dump(found))
    else:
        Report(console).examination(found)
    return code(found, fail_on)


def code(found: Examination, fail_on: str = "error") -> int:
    """Return 1 where something could not be examined, or is as bad as `fail_on`; else 0."""
    failing = pitfalls.SEVERITIES[: FAIL_ON[fail_on]]
    return int(bool(found.troubles) or any(one.severity in failing for one in found.findings))


def ids(names: Iterable[str]) -> set[str]:
    """Return the ids in `names`, each one id or several with commas between. Raises UsageError."""
    words = [word for name in names for word in name.split(",") if word.strip()]
    return {pitfalls.find(word).id for word in words}


def choose(name: str) -> tuple[str, dict[str, str]]:
    """Return the folder called `name`, and the variables that a checkpoint there needs."""
    if not Path(name).exists():
        try:
            return _checkpoint(course.find(name))
        except UsageError:
            raise UsageError(
                f"There is no folder {name}, and no checkpoint of that name: give the folder that "
                "holds manage.py."
            ) from None
    for one in course.load():
        if one.folder.exists() and Path(name).samefile(one.folder):
            return _checkpoint(one)
    return name, {}


def _checkpoint(one: course.Checkpoint) -> tuple[str, dict[str, str]]:
    return str(one.folder), project_environment(one, "127.0.0.1", course.ROOT)


def _teller(console: Console, json: bool):
    """Return what says, while a person waits, what is being done."""
    if json or not console.is_terminal:
        return lambda text: None
    return lambda text: console.print(text, style="dim", markup=False)
