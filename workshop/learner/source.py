"""Mistakes found by reading a learner's code, and whether it's valid Python.

We only look for mistakes after something has failed, so that unusual but working code is never
blamed. The doctor's rules find many of them. Those in `reading` would be wrong too often in a
project that isn't built from the steps.
"""

import functools
import warnings
from collections.abc import Iterator
from pathlib import Path

from channels_doctor import check_source
from workshop.base.project_files import files, is_utf_16
from workshop.learner.reading import (
    comparison,
    consumers,
    counterparts,
    names,
    order,
    pages,
    routes,
    scripts,
    settings,
    statements,
    syntax,
)
from workshop.learner.reading import files as file_names
from workshop.learner.reading.project import LIKELY, Mistake, SourceProject
from workshop.learner.reading.slips import (
    addresses,
    arguments,
    brackets,
    calls,
    classes,
    javascript,
    listeners,
    markup,
    migrations,
    models,
    modules,
    queries,
    values,
    views,
)
from workshop.learner.running.trial import CodeLocation

TEXTS = {".py", ".html", ".js", ".css", ".txt", ".toml", ".json", ".md", ".ini", ".cfg", ".svg"}
BY_THE_DOCTOR = "doctor"
MISNAMED = {"misnamed-file", "misnamed-folder", "misplaced-file"}
UNNOTICED = {
    javascript.CALLED_TOO_EARLY,
    markup.NO_POST,
    modules.NEVER_ASKED,
    pages.ELSEWHERE,
    values.NO_TEXT,
}
READERS = (
    file_names,
    statements,
    settings,
    names,
    consumers,
    counterparts,
    routes,
    pages,
    scripts,
    javascript,
    queries,
    values,
    calls,
    classes,
    models,
    listeners,
    markup,
    addresses,
    views,
    arguments,
    brackets,
    migrations,
    modules,
    order,
    comparison,
)


def syntax_error(folder: Path) -> tuple[CodeLocation, str] | None:
    """Return the place and the reason of the first syntax error in the project."""
    for inside, text in _sources(folder):
        try:
            _compile(text)
        except SyntaxError as error:
            line, words = syntax.explained(inside, text, error.lineno or 1, error.msg)
            return CodeLocation(inside, line), words
        except ValueError as error:  # a null byte
            return CodeLocation(inside, 1), str(error)
    return None


def saved_as_utf_16(folder: Path) -> str | None:
    """Return the project's first UTF-16 text file. Python and Django can't read those."""
    for inside, path in [*files(folder).items(), (".env", folder / ".env")]:
        if Path(inside).suffix in TEXTS or inside == ".env":
            if path.is_file() and is_utf_16(path.read_bytes()):
                return inside
    return None


def mistakes(folder: Path, solution: Path) -> list[Mistake]:
    """Return the mistakes in the project in `folder`, the most certain ones first.

    `solution` is the folder of the checkpoint that the learner is building.
    """
    project, reference = SourceProject(folder), SourceProject(solution)
    accepted = _accepted(solution)
    found = [mistake for mistake in _read(project, reference) if _kind(mistake) not in accepted]
    found += _found_by_the_doctor(folder)
    return sorted(found, key=lambda mistake: mistake.certainty)


@functools.cache
def _accepted(solution: Path) -> frozenset[tuple[str, str, str]]:
    """Return the kinds of mistakes that the solution seems to make, too."""
    reference = SourceProject(solution)
    return frozenset(_kind(mistake) for mistake in _read(reference, reference))


def _read(project: SourceProject, reference: SourceProject) -> list[Mistake]:
    return [mistake for reader in READERS for mistake in reader.check(project, reference)]


def _kind(mistake: Mistake) -> tuple[str, str, str]:
    """Return the key for comparing a mistake with the solution's."""
    return mistake.rule, mistake.place.path, mistake.about


def unnoticed(folder: Path, solution: Path) -> list[Mistake]:
    """Return the mistakes of kinds that the tests may let pass."""
    return [mistake for mistake in mistakes(folder, solution) if mistake.rule in UNNOTICED]


def misnamed(folder: Path, solution: Path) -> list[Mistake]:
    """Return the files and folders whose names differ from the step's."""
    found = file_names.check(SourceProject(folder), SourceProject(solution))
    return [mistake for mistake in found if mistake.rule in MISNAMED]


def _found_by_the_doctor(folder: Path) -> list[Mistake]:
    return [
        Mistake(
            rule=BY_THE_DOCTOR,
            pitfall=finding.id,
            says=finding.what,
            place=CodeLocation(finding.place.file, finding.place.line),
            about=finding.about,
            certainty=LIKELY,
        )
        for finding in check_source(folder)
        if finding.severity == "error"
    ]


def _compile(text: str) -> None:
    """Raise SyntaxError as an import would, because some errors are only found after parsing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an extra backslash isn't an error
        compile(text, "", "exec", dont_inherit=True)


def _sources(folder: Path) -> Iterator[tuple[str, str]]:
    for inside, path in files(folder).items():
        if inside.endswith(".py") and not inside.startswith("tests/"):
            yield inside, path.read_bytes().decode("utf-8-sig", errors="replace")
