"""Results of calls: thrown away, never used, passed too early, or compared with the wrong type."""

import ast
import builtins
import functools
from collections.abc import Iterator

from workshop.learner.reading.project import (
    LIKELY,
    Mistake,
    PythonFile,
    SourceProject,
    assigned_names,
    names_bound_by,
    nodes,
)
from workshop.learner.reading.statements import call_name, functions, returns

OF_TEXTS = {
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "replace",
    "isoformat", "removeprefix", "removesuffix", "zfill",
}  # fmt: skip
OF_QUERIES = {"filter", "exclude", "order_by", "select_related", "visible_to", "distinct"}
# Functions that take a callback, and the position of that callback.
CALLED_LATER = {
    "on_commit": 0, "add_done_callback": 0, "call_soon": 0, "call_later": 1, "to_thread": 0,
    "run_in_executor": 1, "sync_to_async": 0, "database_sync_to_async": 0, "async_to_sync": 0,
}  # fmt: skip
MAPPINGS = {"zadd": 1, "xadd": 1, "hmset": 1, "mset": 0}  # of Redis, and where the mapping goes
NO_TEXT = "no-text"
KEYS = ("pk", "id")
SYNCHRONOUS = ("partial", "methodcaller")
CHANGES = {"add", "append", "discard", "remove", "pop", "clear", "popleft", "update"}


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    kinds = _kinds(project)
    relations = _relations(project)
    choices = _choices(project)
    models = project.python.get("chat_app/models.py")
    rows = {name.lower() for name in assigned_names(models.tree)} if models else set()
    for path, file in project.python.items():
        ours = reference.python.get(path)
        wanted = {function.name: function for function in functions(ours.tree)} if ours else {}
        changing = _changing(file)
        yield from _unknown_choices(file, choices)
        yield from _shared(file, changing)
        for function in functions(file.tree):
            yield from _thrown_away(file, function, kinds)
            yield from _never_used(file, function, wanted.get(function.name))
            yield from _called_too_early(file, function)
            yield from _compared(file, function, relations, rows)
            yield from _no_mapping(file, function)
            yield from _no_request(file, function)
            yield from _whole_session(file, function)
            yield from _no_text(file, function)
            yield from _no_power(file, function)
            yield from _changed_meanwhile(file, function, changing)


def _kinds(project: SourceProject) -> dict[str, str]:
    """Return the project's classes, each with what a call creates: an "exception" or "object"."""
    found = {}
    for file in project.python.values():
        for node in nodes(file.tree):
            if isinstance(node, ast.ClassDef):
                bases = " ".join(map(ast.unparse, node.bases))
                is_error = bases.endswith(("Exception", "Error"))
                found[node.name] = "exception" if is_error else "object"
    return found


def _is_exception(name: str, kinds: dict[str, str]) -> bool:
    built_in = getattr(builtins, name, None)
    is_built_in = isinstance(built_in, type) and issubclass(built_in, BaseException)
    return kinds.get(name) == "exception" or is_built_in or name in ("Http404", "PermissionDenied")


def _thrown_away(file: PythonFile, function, kinds: dict[str, str]) -> Iterator[Mistake]:
    """Yield values that a statement creates, but that nothing raises, returns or keeps."""
    for node in nodes(function):
        call = node.value if isinstance(node, ast.Expr) else None
        name = call_name(call).rpartition(".")[2] or _method(call)
        if _is_exception(name, kinds):
            says = f"{name}(…) is only created here: `raise` is missing in front of it."
        elif name in kinds and returns(function):
            says = f"{name}(…) is created and thrown away: `return` is missing in front of it."
        elif _method(call) in OF_TEXTS | OF_QUERIES:
            says = f"{name}() doesn't change anything: it returns a new value, which is thrown "
            says += "away. Assign it to a name."
        else:
            continue
        yield Mistake("thrown-away", says, file.at(node), "", function.name)


def _method(call: ast.AST | None) -> str:
    is_method = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    return call.func.attr if is_method else ""


def _never_used(file: PythonFile, function: ast.AST, ours) -> Iterator[Mistake]:
    """Yield variables that nothing reads, and parameters that only the step's function reads."""
    read = {node.id for node in nodes(function) if _is_read(node)}
    kept = {name for node in nodes(function) for name in getattr(node, "names", ()) if name}
    for node in nodes(function):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if not isinstance(target, ast.Name) or target.id in read or target.id in kept:
            continue
        if not target.id.startswith("_"):
            says = f"{target.id} is set here, but nothing in {function.name}() uses it."
            yield Mistake("never-used", says, file.at(node), "", target.id, LIKELY)
    theirs = {argument.arg for argument in function.args.args} - read - {"self"}
    needed = {node.id for node in nodes(ours) if _is_read(node)} if ours else set()
    parameters = {argument.arg for argument in ours.args.args} if ours else set()
    for name in sorted(theirs & needed & parameters):
        says = f"{function.name}() gets {name}, but doesn't use it."
        yield Mistake("never-used", says, file.at(function), "", name, LIKELY)


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _called_too_early(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield calls whose result is passed where the function itself is expected."""
    for node in nodes(function):
        name = call_name(node).rpartition(".")[2]
        place = CALLED_LATER.get(name, -1)
        if not 0 <= place < len(getattr(node, "args", ())):
            continue
        argument = node.args[place]
        inner = call_name(argument)
        if not inner or inner.rpartition(".")[2] in SYNCHRONOUS:
            continue
        is_plain = not (argument.args or argument.keywords)
        better = inner if is_plain else f"lambda: {inner}(…)"
        says = f"This calls {inner}() at once, and passes its result. {name}() wants the "
        says += f"function: write `{better}`."
        words = ("must be a callable", "is not callable", "AsyncToSync", "sync_to_async")
        yield Mistake("called-too-early", says, file.at(argument), "", function.name, 0, words)


def _shared(file: PythonFile, changing: set[str]) -> Iterator[Mistake]:
    """Yield class attributes that hold a list, set or dictionary and that methods change."""
    for owner in (node for node in nodes(file.tree) if isinstance(node, ast.ClassDef)):
        for statement in owner.body:
            value = getattr(statement, "value", None)
            is_empty = isinstance(value, ast.List | ast.Dict | ast.Set)
            if not (is_empty or call_name(value) in ("list", "dict", "set")):
                continue
            for name in names_bound_by(statement):
                if f"self.{name}" in changing:
                    says = f"{name} belongs to the class, so all its objects share it: write "
                    says += f"`self.{name} = {ast.unparse(value)}` in __init__()."
                    yield Mistake("shared", says, file.at(statement), "", name, LIKELY)


def _choices(project: SourceProject) -> dict[str, set[str]]:
    """Return the members of the project's enumerations, by the name of their class."""
    return {
        node.name: {name for statement in node.body for name in names_bound_by(statement)}
        for file in project.python.values()
        for node in nodes(file.tree)
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).endswith(("Choices", "Enum")) for base in node.bases)
    }


def _unknown_choices(file: PythonFile, choices: dict[str, set[str]]) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        owner = ast.unparse(node.value).rpartition(".")[2] if _is_of_a_name(node) else ""
        members = choices.get(owner, set())
        if not members or node.attr in members or node.attr.islower():
            continue  # `choices`, `labels` and `values` are Django's
        known = {member.lower(): member for member in members}
        better = known.get(node.attr.lower())
        says = f"{owner} has no {node.attr}. "
        says += f"Did you mean `{better}`?" if better else f"It has {', '.join(sorted(members))}."
        yield Mistake("missing-name", says, file.at(node), "", node.attr, 0, (node.attr,))


def _is_of_a_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute | ast.Name)


def _no_request(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield calls of Django's shortcuts that don't begin with the request."""
    for node in nodes(function):
        name = call_name(node)
        first = node.args[:1] if name else []
        is_text = bool(first) and isinstance(first[0], ast.Constant | ast.JoinedStr)
        if (
            first
            and name in ("render", "login")
            and (is_text or name == "login" and len(node.args) == 1)
        ):
            rest = "" if len(node.args) == 1 else ", …"
            better = f"{name}(request, {ast.unparse(first[0])}{rest})"
            says = f"{name}() takes the request first: write `{better}`."
            yield Mistake("no-request", says, file.at(node), "", function.name)


def _no_text(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield a __str__() or __repr__() that gives back nothing."""
    last = function.body[-1]
    if function.name in ("__str__", "__repr__") and not returns(function):
        if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant):
            says = f"{function.name}() returns nothing: write `return {ast.unparse(last)}`."
            yield Mistake(NO_TEXT, says, file.at(last), "", function.name)


def _no_power(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield numbers with a ^ between them, which isn't a power in Python."""
    for node in nodes(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
            pair = [getattr(side, "value", None) for side in (node.left, node.right)]
            if all(type(value) is int for value in pair):
                says = f"`^` is no power in Python: write `{pair[0]}**{pair[1]}`."
                yield Mistake("no-power", says, file.at(node), "", function.name)


def _whole_session(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield sessions that are looked up by another session instead of its key."""
    for node in nodes(function):
        if call_name(node).rpartition(".")[2] != "SessionStore" or not node.args:
            continue
        text = ast.unparse(node.args[0]).replace("'", '"')
        if text.endswith(('["session"]', ".session")):
            says = "SessionStore() takes the key of a session, and not the session itself: write "
            says += f"`SessionStore({text}.session_key)`."
            yield Mistake("whole-session", says, file.at(node), "", function.name)


def _no_mapping(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield calls of Redis that list names and values, as redis-py 2 did."""
    for node in nodes(function):
        name = _method(node)
        place = MAPPINGS.get(name)
        arguments = getattr(node, "args", [])
        if place is None or len(arguments) < place + 2 or isinstance(arguments[place], ast.Dict):
            continue
        pair = arguments[place : place + 2]
        if not isinstance(pair[0], ast.Name | ast.Attribute):
            pair.reverse()  # redis-py 2 also had the score first
        better = f"{{{ast.unparse(pair[0])}: {ast.unparse(pair[1])}}}"
        says = f"{name}() takes a dictionary instead of separate arguments: write "
        says += f"`{better}`."
        yield Mistake("no-mapping", says, file.at(node), "", function.name)


@functools.lru_cache(maxsize=8)
def _relations(project: SourceProject) -> set[str]:
    """Return the fields of the project's models that hold another object."""
    file = project.python.get("chat_app/models.py")
    return {
        node.targets[0].id
        for node in (nodes(file.tree) if file else ())
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and call_name(node.value).endswith(("ForeignKey", "OneToOneField"))
    }


def _compared(file: PythonFile, function, relations, rows: set[str]) -> Iterator[Mistake]:
    """Yield comparisons of an object with an id, which are never equal."""
    for node in nodes(function):
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        for key, other in ((node.left, node.comparators[0]), (node.comparators[0], node.left)):
            attribute = getattr(other, "attr", "")
            if _is_key(key, relations) and attribute in relations | {"user"}:
                whole = ast.unparse(other)
                owner = whole.rpartition(".")[0].rpartition(".")[2]
                better = f"{whole}_id" if owner in rows else f"{whole}.pk"
                says = f"{ast.unparse(key)} is a number, and {whole} an object, so they're never "
                says += f"equal: compare with `{better}`."
                yield Mistake("compared-kinds", says, file.at(node), "", function.name)


def _is_key(node: ast.expr, relations: set[str]) -> bool:
    name = getattr(node, "attr", getattr(node, "id", ""))
    return (
        name in KEYS
        and isinstance(node, ast.Attribute)
        or (name.endswith("_id") and name[:-3] in relations | {"user", "room"})
    )


def _changing(file: PythonFile) -> set[str]:
    """Return the attributes of self that a file's code adds to or removes from."""
    return {
        ast.unparse(node.func.value)
        for node in nodes(file.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CHANGES
    }


def _changed_meanwhile(file: PythonFile, function, changing: set[str]) -> Iterator[Mistake]:
    """Yield loops that await while other code may change what they loop over."""
    for node in nodes(function):
        if not isinstance(node, ast.For):
            continue
        values = ast.unparse(node.iter)
        waits = any(isinstance(child, ast.Await) for part in node.body for child in nodes(part))
        if waits and values.startswith("self.") and values in changing:
            says = f"{values} may change while this loop waits: loop over a copy, "
            says += f"`list({values})`."
            words = ("during iteration",)
            yield Mistake("changed-meanwhile", says, file.at(node), "", values, LIKELY, words)
