"""URLs: routes that don't match those of the step's pages and sockets."""

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from workshop.learner.reading.project import (
    LIKELY,
    Mistake,
    PythonFile,
    SourceProject,
    assigned_names,
    imported_from,
    nodes,
)
from workshop.learner.reading.statements import call_name

SAMPLE = "room-1"
LIKE_ENOUGH = 0.5
GROUP = re.compile(r"\(\?P<(\w+)>(?:[^()\\]|\\.)*\)")


@dataclass(frozen=True)
class Route:
    """A route, the regular `expression` that its URL matches, and the URL as people write it."""

    file: PythonFile
    call: ast.Call
    expression: str
    address: str

    @property
    def is_socket(self) -> bool:
        return "as_asgi" in ast.unparse(self.call)

    @property
    def sample(self) -> str:
        return re.sub(r"<[^<>]*>", SAMPLE, self.address)


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for file in project.python.values():
        yield from _module_as_list(project, file)
    try:
        theirs, wanted = _routes(project), _routes(reference)
    except ValueError:
        return  # a URL that's only known when the code runs
    free = [route for route in theirs if not any(_answers(route, one) for one in wanted)]
    for route in wanted:
        if any(_answers(one, route) for one in theirs):
            continue
        near = [one for one in free if one.is_socket == route.is_socket]
        near = [one for one in near if _likeness(one, route) > LIKE_ENOUGH]
        if near:
            best = max(near, key=lambda one: _likeness(one, route))
            says = f"This route answers /{best.address}, but the address is /{route.address}."
            if best.address == route.address:
                says = _too_narrow(best)
            words = ("No route found", "404", f"/{route.address.partition('<')[0]}")
            place = best.file.at(best.call.args[0])
            pitfall = "P15" if route.is_socket else ""
            yield Mistake("address", says, place, pitfall, route.address, LIKELY, words)


def _too_narrow(route: Route) -> str:
    """Say which names a route with the right address leaves out."""
    says = f"This pattern has the right address, but it doesn't match a name such as {SAMPLE}"
    if "\\w+" in route.expression:
        return f"{says}, because \\w stands for no hyphen: write `[-\\w]+` instead of `\\w+`."
    return f"{says}: let it take letters, digits, hyphens and underscores."


def _module_as_list(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield routers that get a module instead of the list in it."""
    modules = {
        alias.asname or alias.name: module
        for node in nodes(file.tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (module := project.module(f"{imported_from(file, node)}.{alias.name}"))
    }
    for node in nodes(file.tree):
        name = (
            getattr(node.args[0], "id", "") if call_name(node) == "URLRouter" and node.args else ""
        )
        if name in modules:
            lists = [
                one for one in assigned_names(modules[name].tree) if _listed(modules[name], one)
            ]
            better = f"{name}.{lists[0]}" if lists else f"{name}.…"
            says = f"{name} is the module: for the list of routes in it, write `{better}`."
            words = ("not iterable",)
            yield Mistake("module-as-list", says, file.at(node), "", name, 0, words)


def _likeness(one: Route, other: Route) -> float:
    return difflib.SequenceMatcher(None, one.sample, other.sample).ratio()


def _answers(one: Route, wanted: Route) -> bool:
    """Return whether a route matches the URL of another one."""
    try:
        is_there = re.match(one.expression, wanted.sample) is not None
        return is_there and one.is_socket == wanted.is_socket
    except re.error:
        return True


def _routes(project: SourceProject) -> list[Route]:
    """Return all routes of the pages and the sockets, with the prefixes of include()."""
    found: list[Route] = []
    root = next(
        (file for path, file in project.python.items() if path.endswith("project/urls.py")), None
    )
    if root:
        _add(project, root, _listed(root, "urlpatterns"), "", "", found)
    for file in project.python.values():
        for name in assigned_names(file.tree):
            calls = _listed(file, name)
            if any("as_asgi" in ast.unparse(call) for call in calls):
                _add(project, file, calls, "", "", found)
    return found


def _listed(file: PythonFile, name: str) -> list[ast.Call]:
    """Return the calls of path() in a list of routes."""
    values = [
        getattr(statement, "value", None) for statement in assigned_names(file.tree).get(name, [])
    ]
    return [
        node
        for value in values
        if isinstance(value, ast.List | ast.BinOp)
        for node in ast.walk(value)
        if call_name(node) in ("path", "re_path") and len(node.args) > 1
    ]


def _add(project, file: PythonFile, calls, prefix: str, shown: str, found: list[Route]) -> None:
    for call in calls:
        pattern = _text(file, call.args[0])
        expression, address = _read(call_name(call), pattern)
        target = call.args[1]
        if call_name(target) == "include":
            module = target.args[0] if target.args else None
            _add_included(project, file, module, prefix + expression, shown + address, found)
        elif ast.unparse(target).endswith(".urls"):
            found.append(Route(file, call, prefix + expression, shown + address))
        else:
            end = r"\Z" if call_name(call) == "path" else ""
            found.append(Route(file, call, prefix + expression + end, shown + address))


def _add_included(project, file, module, prefix: str, shown: str, found: list[Route]) -> None:
    if isinstance(module, ast.Name):
        _add(project, file, _listed(file, module.id), prefix, shown, found)
    elif isinstance(module, ast.Constant) and (other := project.module(str(module.value))):
        _add(project, other, _listed(other, "urlpatterns"), prefix, shown, found)


def _read(name: str, pattern: str) -> tuple[str, str]:
    """Return a route's regular expression, and its URL with names in angle brackets."""
    if name == "path":
        parts = re.split(r"(<[^<>]*>)", pattern)
        expression = "".join(
            (".+" if "path:" in part else "[^/]+") if part.startswith("<") else re.escape(part)
            for part in parts
        )
        return expression, re.sub(r"<\w+:", "<", pattern)
    expression = pattern.removeprefix("^")
    address = GROUP.sub(r"<\1>", expression)
    return expression, re.sub(r"\\Z|\$$|\\(?=\W)", "", address)


def _text(file: PythonFile, node: ast.expr) -> str:
    """Return the value of a pattern, which may contain constants of its file."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(file, part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _text(file, node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(file, node.left) + _text(file, node.right)
    statements = assigned_names(file.tree).get(getattr(node, "id", ""), [])
    if len(statements) == 1 and isinstance(statements[0], ast.Assign):
        return _text(file, statements[0].value)
    raise ValueError("an address that isn't a constant")
