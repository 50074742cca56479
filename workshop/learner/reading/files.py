"""Files that hide a package, are empty, or aren't named as the code expects."""

import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

from workshop.learner.reading.project import LIKELY, SURE, Mistake, SourceProject
from workshop.learner.reading.spelling import is_close
from workshop.learner.running.trial import CodeLocation

STACK = {
    "asgiref", "attr", "autobahn", "channels", "channels_redis", "cryptography", "daphne", "django",
    "hiredis", "hyperlink", "incremental", "msgpack", "playwright", "pytest", "redis", "sqlparse",
    "twisted", "txaio", "websockets", "zope",
}  # fmt: skip


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    yield from _hidden_packages(project, reference)
    yield from _empty(project, reference)
    yield from _misnamed_folders(project, reference)
    yield from _misnamed(project, reference)


def _hidden_packages(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    known = STACK | set(sys.stdlib_module_names)
    expected = {path.partition("/")[0] for path in reference.paths}
    for path in project.paths:
        first, _, rest = path.partition("/")
        is_module = path.endswith(".py") and (not rest or rest == "__init__.py")
        name = first.removesuffix(".py")
        if not is_module or name not in known or first in expected:
            continue
        is_loaded = name in STACK or name in sys.modules
        says = f"{path} in your folder hides the package {name}: rename your file."
        yield Mistake(
            "hidden-package",
            says,
            CodeLocation(path, 1),
            certainty=SURE if is_loaded else LIKELY,
            words=(name,),
        )


def _empty(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for path, source in project.paths.items():
        ours = reference.paths.get(path)
        is_text = path.endswith((".py", ".html", ".js")) and not path.endswith("__init__.py")
        if ours and is_text and not source.read_bytes().strip() and ours.stat().st_size > 1:
            says = f"{path} is empty. Did you save it?"
            words = (path, path.removesuffix(".py").replace("/", "."))
            yield Mistake("empty-file", says, CodeLocation(path, 1), about=path, words=words)


def _misnamed_folders(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    """Yield missing folders of the reference whose files are in a different folder."""
    folders = _folders(project)
    missing = _folders(reference) - folders
    for folder in sorted(missing, key=len):
        for other in sorted(folders - _folders(reference), key=len):
            is_same = _contents(project, other) & _contents(reference, folder) - {"__init__.py"}
            if is_same and PurePosixPath(folder).parent == PurePosixPath(other).parent:
                says = f"The folder {other} should be called {folder}, which your code expects."
                first = next(path for path in project.paths if path.startswith(f"{other}/"))
                yield _file_mistake("misnamed-folder", says, first, folder)
                return


def _misnamed(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    missing = [path for path in reference.paths if path not in project.paths]
    extra = [path for path in project.paths if path not in reference.paths]
    for path in missing:
        wanted = PurePosixPath(path)
        if (
            is_migration(path)
            or wanted.name == "__init__.py"
            or wanted.suffix not in (".py", ".html", ".js", ".css")
        ):
            continue
        for other in map(PurePosixPath, extra):
            if other.parent == wanted.parent and is_close(other.name, wanted.name):
                says = f"The file {other} should be called {wanted.name}."
                yield _file_mistake("misnamed-file", says, str(other), path, LIKELY)
            elif other.name == wanted.name:
                says = f"{wanted.name} belongs in {wanted.parent}/, but yours is {other}."
                yield _file_mistake("misplaced-file", says, str(other), path, LIKELY)


def is_migration(path: str) -> bool:
    """Return whether Django has generated this file, and so chosen its name."""
    return "/migrations/" in path and not path.endswith("__init__.py")


def _file_mistake(rule, says, path, expected, certainty=SURE) -> Mistake:
    wanted = PurePosixPath(expected)
    dotted = str(wanted.with_suffix("")).replace("/", ".")
    words = (str(wanted), dotted, "/".join(wanted.parts[-2:]))
    return Mistake(rule, says, CodeLocation(path, 1), "", expected, certainty, words)


def _folders(project: SourceProject) -> set[str]:
    parents = {str(parent) for path in project.paths for parent in PurePosixPath(path).parents}
    return parents - {"."}


def _contents(project: SourceProject, folder: str) -> set[str]:
    return {path[len(folder) + 1 :] for path in project.paths if path.startswith(f"{folder}/")}
