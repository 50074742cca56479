"""What a consumer does in the wrong order, or in a way that blocks the server."""

import ast
from collections.abc import Iterator

from workshop.learner.reading import names
from workshop.learner.reading.project import LIKELY, Mistake, PythonFile, SourceProject, nodes
from workshop.learner.reading.statements import FUNCTIONS, call_name

ACCEPTS_BEFORE_JOINING = "accepts-before-joining"
BLOCKING = ("time.sleep", "requests.get", "requests.post", "urlopen")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for file in project.python.values():
        yield from _too_early(file)
        yield from _blocking(file)
        yield from _before_the_models(project, file)


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
    for statement in file.tree.body:
        for path in _imported(project, statement):
            if _needs_models(project, path, set()):
                says = f"{file.path} is read before the models, and {path} needs them: import it in"
                says += " ready(), which Django calls afterwards."
                yield Mistake("before-models", says, file.at(statement), about=path)


def _needs_models(project: SourceProject, path: str, seen: set[str]) -> bool:
    if path.endswith("models.py"):
        return True
    seen.add(path)
    imported = (one for node in project.python[path].tree.body for one in _imported(project, node))
    return any(one not in seen and _needs_models(project, one, seen) for one in imported)


def _imported(project: SourceProject, statement: ast.stmt) -> list[str]:
    """Return the project's files that a statement imports."""
    names_of_modules = []
    if isinstance(statement, ast.Import):
        names_of_modules = [alias.name for alias in statement.names]
    elif isinstance(statement, ast.ImportFrom) and statement.module:
        inside = [f"{statement.module}.{alias.name}" for alias in statement.names]
        names_of_modules = [statement.module, *inside]
    paths = [f"{name.replace('.', '/')}.py" for name in names_of_modules]
    return [path for path in paths if path in project.python]


def _blocking(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        name = call_name(node)
        if name in BLOCKING:
            says = f"{name}() makes everybody wait, not only this client."
            yield Mistake("blocks", says, file.at(node), "P39", certainty=LIKELY)


def _methods(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the methods of the consumers."""
    for owner in names.classes(tree):
        if "Consumer" in " ".join(map(ast.unparse, owner.bases)):
            yield from (member for member in owner.body if isinstance(member, FUNCTIONS))
