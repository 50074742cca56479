"""Compare functions and calls with the step's of the same name: lost decorators, wrong order."""

import ast
from collections.abc import Iterator

from workshop.learner.reading.project import LIKELY, Mistake, PythonFile, SourceProject, nodes
from workshop.learner.reading.statements import FUNCTIONS, call_name, functions

# The error messages that a missing decorator causes.
SYMPTOMS = {
    "atomic": ("transaction", "IntegrityError"),
    "login_required": ("stranger", "not logged in", "AnonymousUser"),
    "database_sync_to_async": ("async context", "'await' expression", "object can't be awaited"),
    "async_to_sync": ("never awaited",),
}
LONGEST = 70


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    own_order = _with_another_order(project, reference)
    for path, file in project.python.items():
        if ours := reference.python.get(path):
            yield from _decorators(file, ours)
            yield from _calls(file, ours, own_order)
            yield from _patterns(file, ours)
            yield from _pairs(file, ours)
            yield from _tuples(file, ours)


def _members(tree: ast.AST) -> dict[str, ast.AST]:
    """Return the functions and methods of a module by name, such as `Room.__str__`."""
    owners = [(tree, "")]
    owners += [(node, f"{node.name}.") for node in nodes(tree) if isinstance(node, ast.ClassDef)]
    return {
        f"{prefix}{member.name}": member
        for owner, prefix in owners
        for member in owner.body
        if isinstance(member, FUNCTIONS)
    }


def _decorators(file: PythonFile, ours: PythonFile) -> Iterator[Mistake]:
    theirs = _members(file.tree)
    for name, wanted in _members(ours.tree).items():
        function = theirs.get(name)
        if type(function) is not type(wanted):
            continue
        expected = [ast.unparse(decorator) for decorator in wanted.decorator_list]
        has = [ast.unparse(decorator) for decorator in function.decorator_list]
        missing = [text for text in expected if not _does(function, _last(text))]
        if missing:
            says = f"`@{missing[0]}` is missing above {function.name}()."
            yield _of_decorators(file, function, says, missing[:1])
        elif len(has) > 1 and has != expected and sorted(has) == sorted(expected):
            says = f"The decorators of {function.name}() are in the wrong order: write "
            says += " and then ".join(f"`@{text}`" for text in expected) + "."
            yield _of_decorators(file, function, says, expected)


def _of_decorators(file: PythonFile, function: ast.AST, says: str, about: list[str]) -> Mistake:
    symptoms = [word for decorator in about for word in SYMPTOMS.get(_last(decorator), ())]
    words = (*symptoms, f"{function.name}()")
    place = file.at(function)
    return Mistake("missing-decorator", says, place, "", function.name, LIKELY, words)


def _last(decorator: str) -> str:
    """Return the last name of a decorator: `atomic` of `transaction.atomic`."""
    return decorator.partition("(")[0].rpartition(".")[2]


def _does(function: ast.AST, name: str) -> bool:
    """Return whether a function has a decorator, or does the same in its body."""
    return name in ast.unparse(function)


def _with_another_order(project: SourceProject, reference: SourceProject) -> set[str]:
    """Return the functions whose parameters differ from the step's, so their calls differ too."""

    def parameters(source: SourceProject) -> dict[str, list[str]]:
        return {
            function.name: [argument.arg for argument in function.args.args]
            for file in source.python.values()
            for function in functions(file.tree)
        }

    ours = parameters(reference)
    return {name for name, found in parameters(project).items() if ours.get(name) != found}


def _calls(file: PythonFile, ours: PythonFile, own_order: set[str]) -> Iterator[Mistake]:
    wanted: dict[str, list[ast.Call]] = {}
    for node in nodes(ours.tree):
        if call_name(node) and len(node.args) > 1:
            wanted.setdefault(call_name(node).rpartition(".")[2], []).append(node)
    for node in nodes(file.tree):
        name = call_name(node).rpartition(".")[2]
        if name not in wanted or name in own_order:
            continue
        if right := _in_another_order(
            _texts(node.args), [_texts(one.args) for one in wanted[name]]
        ):
            says = f"The arguments of {name}() are in the wrong order: write "
            says += f"`{_short(', '.join(right))}`."
            yield Mistake("wrong-order", says, file.at(node), "", name, words=(f"{name}()",))


def _patterns(file: PythonFile, ours: PythonFile) -> Iterator[Mistake]:
    wanted: dict[str, list[list[str]]] = {}
    for node in nodes(ours.tree):
        if isinstance(node, ast.MatchClass):
            wanted.setdefault(ast.unparse(node.cls), []).append(_texts(node.patterns))
    for node in nodes(file.tree):
        if not isinstance(node, ast.MatchClass):
            continue
        name = ast.unparse(node.cls)
        if right := _in_another_order(_texts(node.patterns), wanted.get(name, [])):
            says = f"A pattern takes the fields in the order of the class {name}: write "
            says += f"`{name}({', '.join(right)})`."
            yield Mistake("wrong-order", says, file.at(node), "", name)


def _pairs(file: PythonFile, ours: PythonFile) -> Iterator[Mistake]:
    """Yield dictionaries with a single pair whose key is the step's value."""
    wanted = [_pair(node) for node in nodes(ours.tree) if _pair(node)]
    for node in nodes(file.tree):
        pair = _pair(node)
        if pair and pair not in wanted and pair[::-1] in wanted:
            says = f"The key and the value are swapped: write `{{{pair[1]}: {pair[0]}}}`."
            yield Mistake("wrong-order", says, file.at(node), "", pair[0])


def _pair(node: ast.AST) -> tuple[str, str] | None:
    if not isinstance(node, ast.Dict) or len(node.keys) != 1 or node.keys[0] is None:
        return None
    return ast.unparse(node.keys[0]), ast.unparse(node.values[0])


def _tuples(file: PythonFile, ours: PythonFile) -> Iterator[Mistake]:
    """Yield tuples that a function returns or unpacks in a different order from the step's."""
    theirs = _members(file.tree)
    for name, wanted in _members(ours.tree).items():
        right = [_texts(node.elts) for node in nodes(wanted) if isinstance(node, ast.Tuple)]
        for node in nodes(theirs[name]) if name in theirs else []:
            if not isinstance(node, ast.Tuple):
                continue
            if better := _in_another_order(_texts(node.elts), right):
                says = f"These values are in the wrong order: write `{_short(', '.join(better))}`."
                place = file.at(node)
                yield Mistake("wrong-order", says, place, "", theirs[name].name, LIKELY)


def _in_another_order(found: list[str], wanted: list[list[str]]) -> list[str]:
    """Return the tuple in `wanted` with the same items as `found` in a different order."""
    if len(found) < 2 or found in wanted:
        return []
    return next((items for items in wanted if sorted(items) == sorted(found)), [])


def _texts(items: list[ast.AST]) -> list[str]:
    return [ast.unparse(item) for item in items]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
