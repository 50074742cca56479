"""The project's Python files, parsed, without tests, migrations and environments."""

import ast
import codecs
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from channels_doctor.finding import Place
from channels_doctor.source import newer_syntax

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
LARGEST = 1_000_000  # bytes; larger files weren't written by hand
MOST = 3000  # files
NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
MOST_OF = 0.9  # the share of bytes that must look like it


@dataclass
class Module:
    """A parsed file: its path in the project, lines, tree, and imports by name."""

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
        return Place(self.home(node).file, node.lineno)

    def home(self, node: ast.AST) -> "Module":
        """Return the module that `node` is in: this one, or that of a mixin or a helper."""
        return getattr(node, "_home", self)

    @property
    def name(self) -> str:
        """Its dotted name, relative to the project's folder: "chat_app.consumers"."""
        parts = self.file.removesuffix(".py").split("/")
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def absolute(self, name: str, level: int) -> str:
        """Return the dotted name that `from {"." * level}{name} import …` means here."""
        if not level:
            return name
        parts = self.file.removesuffix(".py").split("/")
        above = parts[: max(len(parts) - level, 0)]
        return ".".join([*above, name] if name else above)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All nodes of its tree."""
        return list(ast.walk(self.tree))

    @cached_property
    def functions(self) -> list[ast.AST]:
        """The module itself, and every function in it."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return [self.tree, *(node for node in self.nodes if isinstance(node, kinds))]


class Tree:
    """All modules of a project's folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.modules: dict[str, Module] = {}
        self.utf_16: list[str] = []
        self.unreadable: dict[str, tuple[int, str]] = {}  # the line of the error, and the text
        for path in _files(folder):
            if _is_utf_16(path):
                self.utf_16.append(path.relative_to(folder).as_posix())
            try:
                module = _parsed(path, folder)
            except SyntaxError as error:
                text = path.read_text(encoding="utf-8", errors="replace")
                self.unreadable[path.relative_to(folder).as_posix()] = (error.lineno or 0, text)
                continue
            if module:
                self.modules[module.file] = module

    def __iter__(self):
        return iter(self.modules.values())

    def line(self, place: Place) -> str:
        """Return the line at `place`, in any kind of file."""
        module = self.modules.get(place.file)
        if module:
            return module.line(place.line)
        try:
            text = (self.folder / place.file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        lines = text.splitlines()
        return lines[place.line - 1] if 0 < place.line <= len(lines) else ""

    def named(self, name: str) -> Module | None:
        """Return the module with the dotted `name`, whose root may be in the folder or above it."""
        if not name:
            return None
        top, _, inner = name.partition(".")
        return self._below(name) or (self._below(inner) if top == self.folder.name else None)

    def _below(self, name: str) -> Module | None:
        if not name:
            return None
        path = name.replace(".", "/")
        for file in (f"{path}/__init__.py", f"{path}.py"):
            if file in self.modules:
                return self.modules[file]
            ending = [known for known in self.modules if known.endswith(f"/{file}")]
            if len(ending) == 1:
                return self.modules[ending[0]]
        return None

    def method_names(self) -> set[str]:
        """Return the names of all methods of all classes, consumers or not."""
        nodes = (node for module in self for node in module.nodes)
        classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
        return {name for node in classes for name in method_names(node)}

    def find_text(self, text: str) -> Place:
        """Return where the string `text` appears as a whole, or an empty Place."""
        for module in self:
            for node in module.nodes:
                if isinstance(node, ast.Constant) and node.value == text:
                    return module.place(node)
        return Place()


def method_names(node: ast.ClassDef) -> set[str]:
    """Return the names of the methods in the class `node`, and those that it binds to one."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    named = {member.name for member in node.body if isinstance(member, functions)}
    bound = [member for member in node.body if isinstance(member, ast.Assign)]
    bound = [member for member in bound if not isinstance(member.value, ast.Constant)]
    return named | {dotted(target) for member in bound for target in member.targets}


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
            if not name.endswith(".py") or name.startswith(".") or _is_test(name):
                continue
            count += 1
            if count > MOST:
                return
            yield Path(here, name)


def _is_test(name: str) -> bool:
    return (
        name.startswith(("test_", "tests_"))
        or name.endswith("_test.py")
        or name in ("tests.py", "conftest.py")
    )


def _is_utf_16(path: Path) -> bool:
    """Return whether `path` was saved as UTF-16, as Notepad and PowerShell may do."""
    try:
        with path.open("rb") as file:
            start = file.read(200)
    except OSError:
        return False
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    for zeros, letters in ((start[::2], start[1::2]), (start[1::2], start[::2])):
        readable = re.findall(rb"[\t\r\n -~]", letters)
        if zeros and letters and zeros.count(0) >= MOST_OF * len(zeros):
            if len(readable) >= MOST_OF * len(letters):
                return True  # like plain English without a byte order mark
    return False


def _parsed(path: Path, folder: Path) -> Module | None:
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST:
            return None
        tree = newer_syntax.parse(raw)
        text = raw.decode("utf-8-sig", errors="replace")
    except (ValueError, OSError, RecursionError):
        return None  # importing it gives a better error
    module = Module(path.relative_to(folder).as_posix(), text, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            source = module.absolute(node.module or "", node.level)
            for alias in node.names:
                module.imports[alias.asname or alias.name] = f"{source}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                module.imports[alias.asname or name] = name
                module.imports.setdefault(alias.asname or alias.name, alias.name)
    return module


def dotted(node: ast.AST) -> str:
    """Return "a.b.c" for a dotted expression, with "()" for calls, and "" for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        head = dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    if isinstance(node, ast.Call):
        head = dotted(node.func)
        return f"{head}()" if head else ""
    return ""


def own_nodes(function: ast.AST) -> list[ast.AST]:
    """Return the nodes in `function`'s body that run with it, without nested functions."""
    known = getattr(function, "_own_nodes", None)
    if known is None:
        known = function._own_nodes = list(_walked(function))  # many rules use this
    return known


def forget_nodes(function: ast.AST) -> None:
    """Let `own_nodes` look at `function` anew, because it was changed."""
    vars(function).pop("_own_nodes", None)


def _walked(function: ast.AST) -> Iterator[ast.AST]:
    body = list(ast.iter_child_nodes(function))
    if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        body = function.body
    waiting = body[::-1]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and _of_a_script(node.test):
            continue
        yield node
        if not isinstance(node, NESTED):
            waiting.extend(list(ast.iter_child_nodes(node))[::-1])


def _of_a_script(test: ast.AST) -> bool:
    """Return whether `test` is only true if the file runs as a script, which servers never do."""
    return isinstance(test, ast.Compare) and ast.unparse(test) == "__name__ == '__main__'"
