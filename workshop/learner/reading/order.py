"""What a consumer does in the wrong order, or in a way that blocks the server."""

import ast
import re
from collections.abc import Iterator

from workshop.learner.reading import names
from workshop.learner.reading.project import (
    LIKELY,
    Mistake,
    PythonFile,
    SourceProject,
    imported_from,
    nodes,
)
from workshop.learner.reading.statements import FUNCTIONS, call_name

ACCEPTS_BEFORE_JOINING = "accepts-before-joining"
OF_REDIS = ("Redis", "redis.", "from_url")
BLOCKING = ("time.sleep", "requests.get", "requests.post", "urlopen")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for file in project.python.values():
        yield from _too_early(file)
        yield from _blocking(file)
        yield from _plain_clients(file)
        yield from _before_the_models(project, file)
    yield from _in_a_circle(project)


def _too_early(file: PythonFile) -> Iterator[Mistake]:
    for method in _methods(file.tree):
        calls = [node for node in nodes(method) if isinstance(node, ast.Attribute)]
        accepts = [node for node in calls if node.attr == "accept"]
        adds = [node for node in calls if node.attr == "group_add"]
        if accepts and adds and accepts[0].lineno < adds[0].lineno:
            says = "accept() comes before group_add(), so the client can miss messages in between."
            yield Mistake(ACCEPTS_BEFORE_JOINING, says, file.at(accepts[0]), certainty=LIKELY)


def _before_the_models(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield an apps.py's top-level imports that need the models, which are loaded later."""
    if not file.path.endswith("apps.py"):
        return
    inside = [part for owner in names.classes(file.tree) for part in owner.body]
    for statement in [*file.tree.body, *inside]:
        for path in imported_files(project, file, statement):
            if _needs_models(project, path, set()):
                says = f"{file.path} is read before the models, and {path} needs them: import it in"
                says += " ready(), which Django calls afterwards."
                yield Mistake("before-models", says, file.at(statement), about=path)


def _in_a_circle(project: SourceProject) -> Iterator[Mistake]:
    """Yield one import of each pair of files that import from each other."""
    found = {}
    for path, file in project.python.items():
        for statement in file.tree.body:
            if isinstance(statement, ast.ImportFrom):
                for other in imported_files(project, file, statement):
                    found.setdefault((path, other), statement)
    for (path, other), statement in found.items():
        if (other, path) not in found or path >= other:
            continue
        pairs = [(path, other, statement), (other, path, found[other, path])]
        unused = [pair for pair in pairs if not _uses(project.python[pair[0]], pair[2])]
        here, there, statement = (unused or pairs)[0]
        says = f"{path} and {other} import each other, so neither can be read whole: "
        says += (
            "nothing here needs this import, so delete it."
            if unused
            else ("import the module instead of its names, or move one import into the function.")
        )
        words = ("partially initialized", "circular import")
        place = project.python[here].at(statement)
        yield Mistake("circle", says, place, "", there, LIKELY, words)


def _uses(file: PythonFile, statement: ast.ImportFrom) -> bool:
    names_of_it = {alias.asname or alias.name for alias in statement.names}
    return any(isinstance(node, ast.Name) and node.id in names_of_it for node in nodes(file.tree))


def _needs_models(project: SourceProject, path: str, seen: set[str]) -> bool:
    if path.endswith("models.py"):
        return True
    seen.add(path)
    file = project.python[path]
    imported = (one for node in file.tree.body for one in imported_files(project, file, node))
    return any(one not in seen and _needs_models(project, one, seen) for one in imported)


def imported_files(project: SourceProject, file: PythonFile, statement: ast.stmt) -> list[str]:
    """Return the project's files that a statement imports."""
    names_of_modules = []
    if isinstance(statement, ast.Import):
        names_of_modules = [alias.name for alias in statement.names]
    elif isinstance(statement, ast.ImportFrom):
        module = imported_from(file, statement)
        names_of_modules = [module, *(f"{module}.{alias.name}" for alias in statement.names)]
    paths = [f"{name.replace('.', '/')}.py" for name in names_of_modules]
    return [path for path in paths if path in project.python]


def _blocking(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        name = call_name(node)
        if name in BLOCKING:
            says = f"{name}() makes everybody wait, not only this client."
            yield Mistake("blocks", says, file.at(node), "P39", certainty=LIKELY)


def _plain_clients(file: PythonFile) -> Iterator[Mistake]:
    """Yield imports of the Redis client that can't be awaited, in a file that awaits it."""
    waiting = [node for node in nodes(file.tree) if isinstance(node, ast.Await | ast.AsyncWith)]
    texts = [ast.unparse(node.value) for node in waiting if isinstance(node, ast.Await)]
    texts += [
        ast.unparse(item.context_expr) for node in waiting for item in getattr(node, "items", ())
    ]
    made = {
        getattr(target, "id", "")
        for node in nodes(file.tree)
        if isinstance(node, ast.Assign) and call_name(node.value).startswith(OF_REDIS)
        for target in node.targets
    }
    for node in nodes(file.tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        imported = [alias.asname or alias.name for alias in node.names]
        is_from = isinstance(node, ast.ImportFrom) and node.module == "redis"
        if not is_from and (isinstance(node, ast.ImportFrom) or "redis" not in imported):
            continue
        if any(re.match(r"\w*", text)[0] in {*imported, *made} - {""} for text in texts):
            better = "from redis import asyncio as redis"
            if is_from:
                better = f"from redis.asyncio import {', '.join(imported)}"
            says = "This client is for plain functions, and nothing can await it: write "
            says += f"`{better}`."
            words = ("context manager protocol", "'await' expression", "can't be awaited")
            words += ("__aenter__",)
            yield Mistake("plain-client", says, file.at(node), "", "redis", 0, words)


def _methods(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the methods of the consumers."""
    for owner in names.classes(tree):
        if "Consumer" in " ".join(map(ast.unparse, owner.bases)):
            yield from (member for member in owner.body if isinstance(member, FUNCTIONS))
