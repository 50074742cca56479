"""The names of groups, and what they're built from."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels_doctor.finding import Finding, finding
from channels_doctor.source.calls import LayerCall
from channels_doctor.source.consumers import Consumer
from channels_doctor.source.tree import dotted, own_nodes

BAD = re.compile(r"[^a-zA-Z0-9\-_.]")
OF_USERS = {"user", "anonymous", "auth", "authenticated", "logged", "login"}
OF_NO_MEANING = {"self", "scope", "get", "is", "not", "none", "or", "and", "isinstance", "bool"}
FORMAT = re.compile(r"%(?:\(\w+\))?[-+ #0-9.]*[a-zA-Z]|\{[^{}]*\}")


@dataclass(frozen=True)
class Source:
    """A group's name that contains a part of the socket's URL, unchanged."""

    consumer: Consumer
    kwarg: str
    call: LayerCall


def from_the_address(consumers: list[Consumer], calls: list[LayerCall]) -> list[Source]:
    """Return the groups whose names contain an unchanged part of the URL."""
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


def is_looked_up_first(source: Source) -> bool:
    """Return whether a lookup rejects unknown names before one becomes a group's name."""
    function = source.call.function
    read = _read_at(function, source.kwarg)
    for node in own_nodes(function):
        if getattr(node, "lineno", source.call.node.lineno) >= source.call.node.lineno:
            continue
        if getattr(node, "end_lineno", read) < read:
            continue  # it can't look up something that hasn't been read yet
        if isinstance(node, ast.If) and _refuses([*node.body, *node.orelse]):
            if not _is_about_the_user(node.test):
                return True
        elif isinstance(node, ast.Try) and any(_refuses(handler.body) for handler in node.handlers):
            return True
    return False


def _read_at(function: ast.AST, kwarg: str) -> int:
    """Return the line in which `function` first names `kwarg`, or 0."""
    parts = (node for node in own_nodes(function) if getattr(node, "value", None) == kwarg)
    return min((node.lineno for node in parts), default=0)


def _refuses(statements: list[ast.stmt]) -> bool:
    """Return whether `statements` close the socket or raise, and don't continue."""
    nodes = [node for part in statements for node in ast.walk(part)]
    leaves = any(isinstance(node, (ast.Return, ast.Raise)) for node in nodes)
    denies = any(isinstance(node, ast.Raise) for node in nodes)
    closes = any(isinstance(node, ast.Call) and dotted(node.func) == "self.close" for node in nodes)
    return leaves and (denies or closes)


def _is_about_the_user(test: ast.AST) -> bool:
    text = ast.unparse(test)
    if any(word in text for word in ("is_authenticated", "is_anonymous", "AnonymousUser")):
        return True
    words = set(re.findall(r"[a-z]\w*", re.sub(r"_+", " ", text.lower()))) - OF_NO_MEANING
    return bool(words) and words <= OF_USERS


def _bound(consumer: Consumer) -> dict[str, set[str]]:
    """Return {name or attribute in the class: the URL kwargs it contains}."""
    bound: dict[str, set[str]] = {}
    for _ in range(4):  # a name of a name of a name
        for _, method in consumer.methods.values():
            for node in ast.walk(method):
                if not isinstance(node, (ast.Assign, ast.AnnAssign)):
                    continue
                for target in getattr(node, "targets", [getattr(node, "target", None)]):
                    if name := dotted(target):
                        bound.setdefault(name, set()).update(_kwargs(node.value, bound))
    return bound


ALL = "*"  # the whole of scope["url_route"]["kwargs"]


def _kwargs(node: ast.AST | None, bound: dict[str, set[str]]) -> set[str]:
    """Return the parts of the URL that are unchanged in the string `node`."""
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
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        return set().union(*(_kwargs(part, bound) for part in parts)) if parts else set()
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        return _kwargs(node.left, bound) | _kwargs(node.right, bound)
    if isinstance(node, ast.Tuple):
        return set().union(set(), *(_kwargs(item, bound) for item in node.elts))
    if isinstance(node, ast.Call):
        if dotted(node.func) == "str" and node.args:
            return _kwargs(node.args[0], bound)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "format":
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                return set().union(set(), *(_kwargs(value, bound) for value in values))
            if node.func.attr == "get" and node.args and isinstance(node.args[0], ast.Constant):
                if ALL in _kwargs(node.func.value, bound):
                    return {str(node.args[0].value)}
    return set()


def written_wrongly(consumers: list[Consumer], calls: list[LayerCall]) -> Iterator[Finding]:
    """P25: an invalid character in the literal part of a group's name."""
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
                    f"A group's name may not contain {bad[0]!r}, as {node.value!r} does.",
                    call.module.place(node),
                    severity="error",
                    fix="Use only ASCII letters, digits, `-`, `_` and `.` in a group's name.",
                    found_by="source",
                )


def _has_format(node: ast.Constant) -> bool:
    return getattr(node, "_formats", False)


def _written(node, call: LayerCall, consumers: list[Consumer]) -> Iterator[ast.Constant]:
    """Yield the literal strings that `node` is built from."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            if isinstance(part, ast.Constant):
                yield part
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        for part in (node.left, node.right) if isinstance(node.op, ast.Add) else (node.left,):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                part._formats = isinstance(node.op, ast.Mod)
            yield from _written(part, call, consumers)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "format" and isinstance(node.func.value, ast.Constant):
            node.func.value._formats = True
            yield node.func.value
    elif name := dotted(node) if node is not None else "":
        for scope in _scopes(name, call, consumers):
            for statement in ast.walk(scope):
                if isinstance(statement, ast.Assign) and name in map(dotted, statement.targets):
                    if dotted(statement.value) != name:
                        yield from _written(statement.value, call, [])


def _scopes(name: str, call: LayerCall, consumers: list[Consumer]) -> list[ast.AST]:
    if not name.startswith("self."):
        return [call.function] if call.function is not None else []
    for consumer in consumers:
        if any(node is call.function for _, node in consumer.methods.values()):
            return [node for _, node in consumer.methods.values()]
    return []
