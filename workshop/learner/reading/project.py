"""The files of a project, read once: Python with syntax trees, templates and scripts."""

import ast
import functools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workshop.base.project_files import files, text_of
from workshop.learner.running.trial import CodeLocation

SURE, LIKELY, GUESS = range(3)


@dataclass(frozen=True)
class Mistake:
    """What's wrong at `place`, in a sentence, with its `pitfall` ("" for none).

    `rule` is the rule that found it, and `about` is the name that it concerns. `words` connect it
    to an error message that quotes one of them. `certainty` is how likely it is to be the cause of
    a failure.
    """

    rule: str
    says: str
    place: CodeLocation
    pitfall: str = ""
    about: str = ""
    certainty: int = SURE
    words: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class PythonFile:
    """A Python file of a project: its path in the project, its text and its syntax tree."""

    path: str
    text: str
    tree: ast.Module

    def at(self, node: ast.AST | int) -> CodeLocation:
        return CodeLocation(self.path, node if isinstance(node, int) else node.lineno)


@functools.lru_cache(maxsize=2048)
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Return a tree's nodes, as ast.walk() does. It's cached because walking takes long."""
    return tuple(ast.walk(tree))


class SourceProject:
    """A project to read: `python`, `pages` (templates) and `scripts`, by their path inside."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.paths = {
            inside: path for inside, path in files(folder).items() if not _is_ours(inside)
        }

    @functools.cached_property
    def python(self) -> dict[str, PythonFile]:
        found = {}
        for inside, text in self._texts(".py"):
            if tree := parsed(text):
                found[inside] = PythonFile(inside, text, tree)
        return found

    @functools.cached_property
    def pages(self) -> dict[str, str]:
        return dict(self._texts(".html"))

    @functools.cached_property
    def scripts(self) -> dict[str, str]:
        return dict(self._texts(".js"))

    @functools.cached_property
    def settings(self) -> PythonFile | None:
        """The file that assigns INSTALLED_APPS."""
        for file in self.python.values():
            if "INSTALLED_APPS" in assigned_names(file.tree):
                return file
        return self.python.get("chat_project/settings.py")

    @functools.cached_property
    def texts(self) -> dict[str, str]:
        """All files: Python, templates and scripts."""
        python = {path: file.text for path, file in self.python.items()}
        return python | self.pages | self.scripts

    def module(self, dotted: str) -> PythonFile | None:
        """Return the file of the project's module `dotted`, if there is one."""
        path = dotted.replace(".", "/")
        return self.python.get(f"{path}.py") or self.python.get(f"{path}/__init__.py")

    def has_module(self, dotted: str) -> bool:
        path = dotted.replace(".", "/")
        return f"{path}.py" in self.paths or any(
            inside.startswith(f"{path}/") for inside in self.paths
        )

    def _texts(self, ending: str) -> Iterator[tuple[str, str]]:
        for inside, path in self.paths.items():
            if inside.endswith(ending):
                yield inside, (text_of(path.read_bytes()) or "").removeprefix("\ufeff")


def imported_from(file: PythonFile, node: ast.ImportFrom) -> str:
    """Return the dotted name of the module that an import names, even if it's relative."""
    if not node.level:
        return node.module or ""
    folders = file.path.split("/")[: -node.level]
    return ".".join([*folders, *filter(None, [node.module])])


def parsed(text: str) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape isn't an error
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            return None


def assigned_names(tree: ast.Module) -> dict[str, list[ast.AST]]:
    """Return the statements that bind each name at the top level of a module, in order."""
    found: dict[str, list[ast.AST]] = {}
    for statement in tree.body:
        for name in names_bound_by(statement):
            found.setdefault(name, []).append(statement)
    return found


def names_bound_by(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.Assign(targets=targets):
            return [node.id for target in targets for node in nodes(target) if is_stored(node)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.asname or alias.name.partition(".")[0] for alias in names]
        case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While():
            inner = [node for node in ast.iter_child_nodes(statement) if isinstance(node, ast.stmt)]
            handlers = [child for node in getattr(statement, "handlers", []) for child in node.body]
            names = [node.id for node in nodes(statement) if is_stored(node)]
            return [name for node in [*inner, *handlers] for name in names_bound_by(node)] + names
    return []


def is_stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _is_ours(inside: str) -> bool:
    return inside.startswith("tests/")
