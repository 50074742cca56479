"""The files that a settings module executes in its own namespace, as django-split-settings does."""

import ast
import fnmatch
import posixpath
from collections.abc import Iterator
from pathlib import Path

from channels_doctor.source.tree import Module, Tree, dotted
from channels_doctor.static.paths import Paths
from channels_doctor.static.values import Made

INCLUDE = "split_settings.tools.include"
OPTIONAL = "split_settings.tools.optional"
EXECUTE = ("exec", "execfile", "exec_file")
READ = ("open", "read_text", "io.open", "codecs.open")


def included(call: Made, tree: Tree) -> list[Module | None]:
    """Return the modules that `call`, an include() of django-split-settings, executes, in order.

    None stands for a file that isn't known.
    """
    found: list[Module | None] = []
    for part in call.args:
        is_optional = isinstance(part, Made) and part.path == OPTIONAL
        text = part.args[0] if is_optional and part.args else part
        modules = list(_matching(text, call.module, tree)) if isinstance(text, str) else []
        found += modules or ([] if is_optional and isinstance(text, str) else [None])
    return found


def executed(
    call: ast.Call, module: Module, tree: Tree, opened: dict[str, ast.AST]
) -> list[Module]:
    """Return the module whose text `call`, an exec(…), executes, or nothing if it isn't known.

    `opened` are the paths of the files that the module has opened, by their names.
    """
    paths = Paths(tree.folder / module.file, module.tree)
    for node in _paths_in(call, opened):
        text = getattr(node, "value", None)
        known = list(_matching(text, module, tree)) if isinstance(text, str) else []
        path = paths.value(node)
        if path and path.is_relative_to(tree.folder):
            known = [tree.modules.get(path.relative_to(tree.folder).as_posix())]
        if known and known[0]:
            return known[:1]
    return []


def is_execution(call: ast.Call) -> bool:
    """Return whether `call` executes text or a file in the namespace around it."""
    return dotted(call.func) in EXECUTE


def _paths_in(call: ast.Call, opened: dict[str, ast.AST]) -> Iterator[ast.AST]:
    """Yield the expressions in `call` that may be the path of the file that it executes."""
    yield from call.args[:1]
    for node in ast.walk(call):
        if isinstance(node, ast.Call) and dotted(node.func).endswith(READ):
            yield from node.args[:1]
            yield from [node.func.value] if isinstance(node.func, ast.Attribute) else []
        elif isinstance(node, ast.Name) and node.id in opened:
            yield opened[node.id]


def _matching(pattern: str, module: Module, tree: Tree) -> Iterator[Module]:
    """Yield the modules that `pattern` matches, relative to `module` or to the project."""
    if Path(pattern).is_absolute():
        return
    for folder in dict.fromkeys((posixpath.dirname(module.file), "")):
        wanted = posixpath.normpath(posixpath.join(folder, pattern))
        names = [name for name in tree.modules if fnmatch.fnmatchcase(name, wanted)]
        names = [name for name in names if name.count("/") == wanted.count("/")]
        if names:
            yield from (tree.modules[name] for name in sorted(names))
            return
