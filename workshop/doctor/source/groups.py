"""The names of groups: what they are made of."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from workshop.doctor.finding import Finding, finding
from workshop.doctor.source.calls import LayerCall
from workshop.doctor.source.consumers import Consumer
from workshop.doctor.source.tree import dotted

BAD = re.compile(r"[^a-zA-Z0-9\-_.]")
FORMAT = re.compile(r"%(?:\(\w+\))?[-+ #0-9.]*[a-zA-Z]|\{[^{}]*\}")


@dataclass(frozen=True)
class Source:
    """A group's name that is made from a part of the socket's address, unchanged."""

    consumer: Consumer
    kwarg: str
    call: LayerCall


def from_the_address(consumers: list[Consumer], calls: list[LayerCall]) -> list[Source]:
    """Return the groups whose names hold a part of the address as it came."""
    found = []
    for consumer in consumers:
        methods = {id(node): node for _, node in consumer.methods.values()}
        bound = _bound(consumer)
        for call in calls:
            if call.method == "group_add" and id(call.function) in methods:
                group = call.argument(0, "group")
                for kwarg in sorted(_kwargs(group, bound)):
                    found.append(Source(consumer, kwarg, call))
    return found


def _bound(consumer: Consumer) -> dict[str, set[str]]:
    """Return, for each name and attribute that is bound in the class, the kwargs it holds."""
    bound: dict[str, set[str]] = {}
    for _ in range(4):  # a name of a name of a name
        for _, method in consumer.methods.values():
            for node in ast.walk(method):
                if not isinstance(node, ast.Assign):
                    continue
                for target in node.targets:
                    if name := dotted(target):
                        bound.setdefault(name, set()).update(_kwargs(node.value, bound))
    return bound


ALL = "*"  # the whole of scope["url_route"]["kwargs"]


def _kwargs(node: ast.AST | None, bound: dict[str, set[str]]) -> set[str]:
    """Return the parts of the address that the text `node` holds as they came."""
    if node is None:
        return set()
    if name := dotted(node):
        if not name.endswith("()"):
            return bound.get(name, set())
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        if node.slice.value == "kwargs":
            return {ALL}
        if ALL in _kwargs(node.value, bound):
            return {str(node.slice.value)}
    if isinstance(node, ast.JoinedStr):
        parts = [one.value for one in node.values if isinstance(one, ast.FormattedValue)]
        return set().union(*(_kwargs(one, bound) for one in parts)) if parts else set()
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        return _kwargs(node.left, bound) | _kwargs(node.right, bound)
    if isinstance(node, ast.Tuple):
        return set().union(set(), *(_kwargs(one, bound) for one in node.elts))
    if isinstance(node, ast.Call):
        if dotted(node.func) == "str" and node.args:
            return _kwargs(node.args[0], bound)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "format":
                values = [*node.args, *(one.value for one in node.keywords)]
                return set().union(set(), *(_kwargs(one, bound) for one in values))
            if node.func.attr == "get" and node.args and isinstance(node.args[0], ast.Constant):
                if ALL in _kwargs(node.func.value, bound):
                    return {str(node.args[0].value)}
    return set()


def written_wrongly(consumers: list[Consumer], calls: list[LayerCall]) -> Iterator[Finding]:
    """P25: a sign in the written part of a group's name that no name may hold."""
    seen = set()
    for call in calls:
        if call.method not in ("group_add", "group_send", "group_discard"):
            continue
        for node in _written(call.argument(0, "group"), call, consumers):
            if id(node) in seen:
                continue
            seen.add(id(node))
            text = FORMAT.sub("", node.value) if _has_format(node) else node.value
            if bad := BAD.search(text):
                yield finding(
                    "P25",
                    f"A group's name may not hold {bad[0]!r}, as {node.value!r} does.",
                    call.module.place(node),
                    severity="error",
                    mend="Use only ASCII letters, digits, `-`, `_` and `.` in a group's name.",
                    found_by="source",
                )


def _has_format(node: ast.Constant) -> bool:
    return getattr(node, "_formats", False)


def _written(node, call: LayerCall, consumers: list[Consumer]) -> Iterator[ast.Constant]:
    """Yield the literal texts that `node` is put together from."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.JoinedStr):
        for one in node.values:
            if isinstance(one, ast.Constant):
                yield one
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        for one in (node.left, node.right) if isinstance(node.op, ast.Add) else (node.left,):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                one._formats = isinstance(node.op, ast.Mod)
            yield from _written(one, call, consumers)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "format" and isinstance(node.func.value, ast.Constant):
            node.func.value._formats = True
            yield node.func.value
    elif name := dotted(node) if node is not None else "":
        for scope in _scopes(name, call, consumers):
            for one in ast.walk(scope):
                if isinstance(one, ast.Assign) and name in map(dotted, one.targets):
                    if dotted(one.value) != name:
                        yield from _written(one.value, call, [])


def _scopes(name: str, call: LayerCall, consumers: list[Consumer]) -> list[ast.AST]:
    if not name.startswith("self."):
        return [call.function] if call.function is not None else []
    for consumer in consumers:
        if any(node is call.function for _, node in consumer.methods.values()):
            return [node for _, node in consumer.methods.values()]
    return []
