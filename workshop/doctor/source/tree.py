"""The project's Python files, parsed; tests, migrations and environments are left out."""

import ast
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from workshop.doctor.finding import Place

LEFT_OUT = {
    "migrations",
    "node_modules",
    "site-packages",
    "__pycache__",
    "tests",
    "test",
    "build",
    "dist",
    "staticfiles",
}
LARGEST = 1_000_000  # bytes; what is larger was not written by hand
MOST = 3000  # files


@dataclass
class Module:
    """One parsed file: its place in the project, its lines, its tree, what it imports as what."""

    file: str
    text: str
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def line(self, number: int) -> str:
        """Return the line `number`, or "" if there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, node: ast.AST) -> Place:
        return Place(self.file, node.lineno)


class Tree:
    """All modules of a project's folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.modules: dict[str, Module] = {}
        for path in _files(folder):
            if module := _parsed(path, folder):
                self.modules[module.file] = module

    def __iter__(self):
        return iter(self.modules.values())

    def method_names(self) -> set[str]:
        """Return the names of all methods of all classes, consumers or not."""
        classes = [
            node
            for module in self
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ClassDef)
        ]
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        return {one.name for node in classes for one in node.body if isinstance(one, functions)}

    def find_text(self, text: str) -> Place:
        """Return where the string `text` stands as a whole, or an empty Place."""
        for module in self:
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Constant) and node.value == text:
                    return module.place(node)
        return Place()


def _files(folder: Path):
    count = 0
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in LEFT_OUT
            and not name.startswith(".")
            and not Path(here, name, "pyvenv.cfg").exists()
            and not Path(here, name, "manage.py").exists()
        )
        for name in sorted(files):
            if not name.endswith(".py") or _is_test(name):
                continue
            count += 1
            if count > MOST:
                return
            yield Path(here, name)


def _is_test(name: str) -> bool:
    return (
        name.startswith("test_") or name.endswith("_test.py") or name in ("tests.py", "conftest.py")
    )


def _parsed(path: Path, folder: Path) -> Module | None:
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST:
            return None
        tree = ast.parse(raw)
        text = raw.decode("utf-8", errors="replace")
    except (SyntaxError, ValueError, OSError, RecursionError):
        return None  # importing it says more than this could
    module = Module(path.relative_to(folder).as_posix(), text, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                module.imports[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                module.imports[alias.asname or alias.name] = alias.name
    return module


def dotted(node: ast.AST) -> str:
    """Return "a.b.c" for such an expression, with "()" for calls; "" for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    if isinstance(node, ast.Call):
        head = dotted(node.func)
        return f"{head}()" if head else ""
    return ""


def own_nodes(function: ast.AST):
    """Yield the nodes of `function`'s body that run when it runs: no nested function's."""
    waiting = list(ast.iter_child_nodes(function))
    if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        waiting = list(function.body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting = list(ast.iter_child_nodes(node)) + waiting
