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


def _too_early(file: PythonFile) -> Iterator[Mistake]:
    for method in _methods(file.tree):
        calls = [node for node in nodes(method) if isinstance(node, ast.Attribute)]
        accepts = [node for node in calls if node.attr == "accept"]
        adds = [node for node in calls if node.attr == "group_add"]
        if accepts and adds and accepts[0].lineno < adds[0].lineno:
            says = "accept() comes before group_add(): between the two, messages are missed."
            yield Mistake(ACCEPTS_BEFORE_JOINING, says, file.at(accepts[0]), certainty=LIKELY)


def _blocking(file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        name = call_name(node)
        if name in BLOCKING:
            says = f"{name}() lets everybody wait, not only this one."
            yield Mistake("blocks", says, file.at(node), "P39", certainty=LIKELY)


def _methods(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the methods of the consumers."""
    for owner in names.classes(tree):
        if "Consumer" in " ".join(map(ast.unparse, owner.bases)):
            yield from (member for member in owner.body if isinstance(member, FUNCTIONS))
