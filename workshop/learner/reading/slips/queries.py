"""Mistakes with the database: changes that nothing saves, and queries that end too early."""

import ast
from collections.abc import Iterator

from workshop.learner.reading.project import (
    LIKELY,
    Mistake,
    PythonFile,
    SourceProject,
    assigned_names,
    is_stored,
    nodes,
)
from workshop.learner.reading.statements import call_name, functions

GIVES_A_ROW = {
    "get", "first", "last", "earliest", "latest", "create", "save", "get_object_or_404",
    "aget", "afirst", "alast", "acreate",
}  # fmt: skip
TAKES_FIELDS = {"get", "filter", "exclude", "create", "get_or_create", "update_or_create"}
DICTIONARIES = {"cleaned_data", "POST", "GET", "kwargs"}
SAVES = {"save", "asave"}
A_QUERY = "is still a query for many rows, and never None"
UNASKED = "only describes the rows, and nothing"
# What a query returns without the call at its end.
ENDINGS = {
    "first": A_QUERY, "last": A_QUERY, "get": A_QUERY, "afirst": A_QUERY, "aget": A_QUERY,
    "exists": "is still a query, and neither True nor False",
    "count": "is still a query, and not a number",
    "delete": f"{UNASKED} deletes them", "update": f"{UNASKED} changes them",
    "select_for_update": "doesn't lock the row, so two writers may read the same value",
    "order_by": "gives the rows in any order",
    "distinct": "may give the same row several times",
}  # fmt: skip


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    models = project.python.get("chat_app/models.py")
    rows = set(assigned_names(models.tree)) if models else set()
    for path, file in project.python.items():
        ours = reference.python.get(path)
        wanted = {function.name: function for function in functions(ours.tree)} if ours else {}
        for function in functions(file.tree):
            yield from _not_saved(file, function, wanted.get(function.name), rows)
            yield from _saved_in_part(file, function)
            yield from _or_between_conditions(file, function)
            yield from _whole_dictionaries(file, function)
            yield from _oldest_first(file, function)
            if function.name in wanted:
                yield from _all_of_them(file, function, wanted[function.name])
                yield from _cut_off(file, function, wanted[function.name])


def _not_saved(file: PythonFile, function, ours, rows: set[str]) -> Iterator[Mistake]:
    """Yield changed attributes of rows that nothing saves afterwards."""
    if ours and _saves(ours) and not _saves(function):
        found = _changes(function, _stored_names(function) | _parameters(function))
    else:
        found = _changes(function, _rows_in(function, rows))
    for statement, target in sorted(found, key=lambda pair: -pair[0].lineno):
        name = target.value.id
        if _is_handed_on(function, name, statement.lineno):
            continue
        says = f"`{name}.{target.attr}` changes here, but nothing saves it: call `{name}.save()`"
        says += " afterwards."
        yield Mistake("not-saved", says, file.at(statement), "", function.name, LIKELY)
        return


def _saves(function: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in nodes(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in SAVES
    ]


def _changes(function: ast.AST, names: set[str]) -> list[tuple[ast.stmt, ast.Attribute]]:
    """Return the statements that assign an attribute of one of these names."""
    found = []
    for node in nodes(function):
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AugAssign) else targets
        for target in targets:
            owner = target.value if isinstance(target, ast.Attribute) else None
            if isinstance(owner, ast.Name) and owner.id in names:
                found.append((node, target))
    return found


def _rows_in(function: ast.AST, rows: set[str]) -> set[str]:
    """Return the variables that hold a row of the database."""
    found = set()
    for node in nodes(function):
        value = node.value if isinstance(node, ast.Assign) else None
        value = value.value if isinstance(value, ast.Await) else value
        if call_name(value) in rows or last_call(value) in GIVES_A_ROW:
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def last_call(value: ast.AST | None) -> str:
    """Return the name of the function or method that returned a value."""
    if not isinstance(value, ast.Call):
        return ""
    return getattr(value.func, "attr", "") or getattr(value.func, "id", "")


def _stored_names(function: ast.AST) -> set[str]:
    return {node.id for node in nodes(function) if is_stored(node)}


def _parameters(function: ast.AST) -> set[str]:
    return {node.arg for node in nodes(function) if isinstance(node, ast.arg)} - {"self"}


def _is_handed_on(function: ast.AST, name: str, line: int) -> bool:
    """Return whether a row is saved below a line, or passed to code that may save it."""
    for node in nodes(function):
        if isinstance(node, ast.Return) and _is_name(node.value, name):
            return True
        if not isinstance(node, ast.Call) or node.lineno <= line:
            continue
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if _is_name(owner, name) and node.func.attr in SAVES:
            return True
        if any(_is_name(argument, name) for argument in node.args):
            return True
    return False


def _is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _saved_in_part(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield calls of save() whose update_fields leave out a changed field."""
    for call in _saves(function):
        owner = call.func.value
        lists = [word.value for word in call.keywords if word.arg == "update_fields"]
        if not isinstance(owner, ast.Name) or not lists or not isinstance(lists[0], ast.List):
            continue
        named = [getattr(item, "value", None) for item in lists[0].elts]
        changed = [target.attr for _, target in _changes(function, {owner.id})]
        missing = [name for name in dict.fromkeys(changed) if name not in named]
        if missing and None not in named:
            says = "save() only saves the fields in update_fields: add "
            says += " and ".join(f'"{name}"' for name in sorted(missing)) + "."
            yield Mistake("not-saved", says, file.at(call), "", function.name)


def _is_condition(node: ast.expr, named: set[str]) -> bool:
    """Return whether an expression is a condition for a query, or a variable that holds one."""
    return call_name(node).rpartition(".")[2] == "Q" or getattr(node, "id", "") in named


def _or_between_conditions(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    named = {
        target.id
        for node in nodes(function)
        if isinstance(node, ast.Assign) and _is_condition(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes(function):
        if isinstance(node, ast.BoolOp) and all(_is_condition(v, named) for v in node.values):
            word, sign = ("or", "|") if isinstance(node.op, ast.Or) else ("and", "&")
            says = f"Python's `{word}` picks one of the two conditions: join them with `{sign}`."
            yield Mistake("conditions", says, file.at(node), "", function.name)


def _whole_dictionaries(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield queries that compare a field with all the data of a form or a request."""
    for call in nodes(function):
        for word in call.keywords if last_call(call) in TAKES_FIELDS else []:
            if word.arg and getattr(word.value, "attr", "") in DICTIONARIES:
                whole = ast.unparse(word.value)
                says = f"{whole} holds the values of all fields: take one of them, as in "
                says += f'`{whole}["{word.arg}"]`, with the field\'s name in the form.'
                yield Mistake("whole-dictionary", says, file.at(word.value), "", function.name)


def _all_of_them(file: PythonFile, function: ast.AST, ours: ast.AST) -> Iterator[Mistake]:
    """Yield filters that require all of several conditions, where any one is enough."""
    if _eithers(function):
        return
    for either in _eithers(ours):
        wanted = _conditions(either)
        calls = [node for node in nodes(function) if last_call(node) in ("filter", "exclude")]
        calls = [call for call in calls if wanted & _conditions(call)]
        if calls and wanted <= set().union(*(_conditions(call) for call in calls)):
            says = "With several conditions, all of them have to be true. If any one is enough, "
            says += f"write `{ast.unparse(either)}`"
            has_q = "Q" in assigned_names(file.tree)
            says += "." if has_q else ", with `from django.db.models import Q` at the top."
            last = max(calls, key=lambda call: call.lineno)
            yield Mistake("conditions", says, file.at(last), "", function.name, LIKELY)


def _eithers(function: ast.AST) -> list[ast.BinOp]:
    return [
        node
        for node in nodes(function)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and _conditions(node)
    ]


def _conditions(node: ast.AST) -> set[str]:
    """Return the names of the conditions inside an expression, such as pk__in."""
    calls = [child for child in nodes(node) if last_call(child) in ("Q", "filter", "exclude")]
    return {word.arg for call in calls for word in call.keywords if word.arg}


def _cut_off(file: PythonFile, function: ast.AST, ours: ast.AST) -> Iterator[Mistake]:
    """Yield queries that lack the call at the end of the step's query."""
    continued = {id(node.value) for node in nodes(function) if isinstance(node, ast.Attribute)}
    used = {last_call(node) for node in nodes(function)}
    for call in nodes(ours):
        ending = last_call(call)
        if ending not in ENDINGS or ending in used or not isinstance(call.func, ast.Attribute):
            continue
        wanted = _shape(ours, call.func.value)
        for node in nodes(function):
            if isinstance(node, ast.Call) and id(node) not in continued:
                if _shape(function, node) == wanted:
                    brackets = "(…)" if call.args or call.keywords else "()"
                    says = f"Without `.{ending}{brackets}` at its end, this {ENDINGS[ending]}."
                    yield Mistake("cut-off", says, file.at(node), "", function.name, LIKELY)


def _shape(function: ast.AST, node: ast.AST) -> str:
    """Return an expression without the names of local variables, which learners may choose."""
    own = _stored_names(function)
    copy = ast.parse(ast.unparse(node), mode="eval")
    for child in ast.walk(copy):
        if isinstance(child, ast.Name) and child.id in own:
            child.id = "_"
    return ast.unparse(copy)


def _oldest_first(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield orderings with the oldest rows first, although the function then reverses them."""
    names = [last_call(node) for node in nodes(function)]
    has_slice = any(
        isinstance(node, ast.Slice) and node.lower is None and node.upper
        for node in nodes(function)
    )
    if not has_slice or not {"reverse", "reversed"} & set(names):
        return
    for node in nodes(function):
        first = node.args[0] if last_call(node) == "order_by" and node.args else None
        text = getattr(first, "value", "")
        if isinstance(text, str) and text and not text.startswith("-"):
            says = f"This begins with the smallest {text}. For the newest rows, which are turned "
            says += f'round below, write `order_by("-{text}")`.'
            yield Mistake("oldest-first", says, file.at(node), "", function.name, LIKELY)
