"""Brackets, quotes and indentation that end in the wrong place."""

import ast
import re
from collections.abc import Iterator

from workshop.learner.reading.names import OF_FIELDS, classes
from workshop.learner.reading.project import Mistake, PythonFile, SourceProject, nodes
from workshop.learner.reading.statements import call_name

# How many values these classes of Channels take.
SINGLE = {"URLRouter", "ProtocolTypeRouter", "AuthMiddlewareStack", "SessionMiddlewareStack"}
OF_VARIABLES = ("environ.get", "os.environ.get", "getenv", "os.getenv")
LISTS = {"INSTALLED_APPS", "MIDDLEWARE", "fields", "update_fields", "ordering"}
SEVERAL = re.compile(r"-?[A-Za-z_][\w.]*(?:\s*,\s*-?[A-Za-z_][\w.]*)+")


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for file in project.python.values():
        yield from _closed_too_late(file)
        yield from _two_arguments_in_one(file)
        yield from _names_in_one(file)
        yield from _meta_outside(file)


def _closed_too_late(file: PythonFile) -> Iterator[Mistake]:
    """Yield calls that got an argument which belongs to the call around them."""
    for node in nodes(file.tree):
        for inner in node.args if isinstance(node, ast.Call) else ():
            name = call_name(inner)
            if name not in SINGLE or len(inner.args) < 2:
                continue
            first, *others = map(ast.unparse, inner.args)
            better = f"{call_name(node)}({name}({first}), {', '.join(others)})"
            says = f"{name}() takes one value, so its parenthesis has to close before the comma: "
            says += f"write `{better}`."
            words = ("positional argument",)
            yield Mistake("closed-too-late", says, file.at(inner), "", name, 0, words)


def _two_arguments_in_one(file: PythonFile) -> Iterator[Mistake]:
    """Yield names of environment variables that a pair of quotes joins with their default."""
    for node in nodes(file.tree):
        if call_name(node) not in OF_VARIABLES or len(node.args) != 1:
            continue
        text = getattr(node.args[0], "value", None)
        if isinstance(text, str) and (found := re.match(r"(\w+)\s*,\s*(.*)", text)):
            says = f'"{text}" is one string: write `"{found[1]}", "{found[2]}"`, with quotes '
            says += "around each value."
            yield Mistake("one-string", says, file.at(node), "", found[1])


def _names_in_one(file: PythonFile) -> Iterator[Mistake]:
    """Yield strings with several names, where each name needs its own quotes."""
    for value in _values_of_names(file):
        text = getattr(value, "value", None)
        if isinstance(text, str) and SEVERAL.fullmatch(text):
            better = ", ".join(f'"{name.strip()}"' for name in text.split(","))
            says = f'"{text}" is one string: write `{better}`, with quotes around each name.'
            words = (text, text.partition(",")[0])
            yield Mistake("one-string", says, file.at(value), "", text, 0, words)


def _values_of_names(file: PythonFile) -> Iterator[ast.expr]:
    """Yield the items of lists of names, and the arguments of queries that take names."""
    for node in nodes(file.tree):
        names, value = [], getattr(node, "value", None)
        if isinstance(node, ast.Assign):
            names = [getattr(target, "id", "") for target in node.targets]
        elif isinstance(node, ast.keyword):
            names = [node.arg]
        if LISTS & set(names) and isinstance(value, ast.List | ast.Tuple):
            yield from value.elts
        if call_name(node).rpartition(".")[2] in OF_FIELDS:
            yield from node.args


def _meta_outside(file: PythonFile) -> Iterator[Mistake]:
    """Yield a class Meta that isn't indented, below the class that it belongs to."""
    before = None
    for statement in file.tree.body:
        if isinstance(statement, ast.ClassDef) and statement.name == "Meta":
            if isinstance(before, ast.ClassDef) and not _has_meta(before):
                says = f"Meta is beside {before.name}, and not inside it: indent `class Meta:` and "
                says += "its lines by four more spaces."
                words = ("no model class", "Meta")
                yield Mistake("outside-class", says, file.at(statement), "", "Meta", 0, words)
        before = statement
    for owner in classes(file.tree):
        bases = [ast.unparse(base).rpartition(".")[2] for base in owner.bases]
        names = {name for part in owner.body for name in _assigned(part)}
        if "ModelForm" in bases and {"model", "fields"} <= names and not _has_meta(owner):
            says = "A ModelForm reads `model` and `fields` from a class inside it: write "
            says += "`class Meta:` above them, and indent them below it."
            yield Mistake("no-meta", says, file.at(owner), "", owner.name, 0, ("no model class",))


def _assigned(statement: ast.stmt) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return [getattr(target, "id", "") for target in targets]


def _has_meta(owner: ast.ClassDef) -> bool:
    return any(isinstance(part, ast.ClassDef) and part.name == "Meta" for part in owner.body)
