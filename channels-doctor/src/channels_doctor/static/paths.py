"""Evaluate paths relative to a file: `Path(__file__).resolve().parent / "apps"`."""

import ast
from pathlib import Path

from channels_doctor.source.tree import dotted

SAME = ("str", "Path", "pathlib.Path", "os.path.abspath", "os.path.realpath", "os.fspath")
UP = ("os.path.dirname",)
JOIN = ("os.path.join",)
METHODS = ("resolve", "absolute", "as_posix")
DEEPEST = 12


class Paths:
    """Evaluates path expressions in `tree` that start from its `file`."""

    def __init__(self, file: Path, tree: ast.Module):
        self.file = file
        self.bound = {
            dotted(target): node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if dotted(target)
        }

    def value(self, node: ast.AST | None, depth: int = 0) -> Path | None:
        """Return the path in `node`, or None if it doesn't start from the file's own path."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        return method(node, depth + 1) if method and depth < DEEPEST else None

    def _name(self, node: ast.Name, depth: int) -> Path | None:
        if node.id == "__file__":
            return self.file
        return self.value(self.bound.get(node.id), depth)

    def _attribute(self, node: ast.Attribute, depth: int) -> Path | None:
        inner = self.value(node.value, depth) if node.attr == "parent" else None
        return inner and inner.parent

    def _subscript(self, node: ast.Subscript, depth: int) -> Path | None:
        if not isinstance(node.value, ast.Attribute) or node.value.attr != "parents":
            return None
        inner, number = self.value(node.value.value, depth), getattr(node.slice, "value", None)
        is_there = inner and isinstance(number, int) and number < len(inner.parents)
        return inner.parents[number] if is_there else None

    def _binop(self, node: ast.BinOp, depth: int) -> Path | None:
        inner = self.value(node.left, depth) if isinstance(node.op, ast.Div) else None
        return _joined(inner, [node.right])

    def _call(self, node: ast.Call, depth: int) -> Path | None:
        name = dotted(node.func)
        if name in SAME and node.args:
            return self.value(node.args[0], depth)
        if name in UP and node.args:
            inner = self.value(node.args[0], depth)
            return inner and inner.parent
        if name in JOIN and node.args:
            return _joined(self.value(node.args[0], depth), node.args[1:])
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            return self.value(node.func.value, depth)
        return None


def _joined(path: Path | None, parts: list[ast.AST]) -> Path | None:
    """Return `path` with the strings in `parts` below it, or None if one isn't a literal."""
    texts = [getattr(part, "value", None) for part in parts]
    if path is None or not all(isinstance(text, str) for text in texts):
        return None
    for text in texts:
        path = path.parent if text == ".." else path / text
    return path
