"""Classes and objects: missing decorators, attributes that nothing sets, anonymous users."""

import ast
import re
from collections.abc import Iterator

from workshop.learner.reading.names import classes, is_of_self, is_set
from workshop.learner.reading.project import (
    LIKELY,
    Mistake,
    PythonFile,
    SourceProject,
    assigned_names,
    nodes,
)
from workshop.learner.reading.spelling import nearest
from workshop.learner.reading.statements import FUNCTIONS, call_name, functions

TAKES_DICTIONARIES = {"ProtocolTypeRouter", "json.dumps", "JsonResponse", "group_send", "dumps"}
FEW_KEYS = 3
GOES_ON = r"\b(accept|group_add|enter|join|send)\w*\("
EMPTY = (None, "", False, 0)
OF_SIGNALS = ("receiver", "Signal")
LOCKS = ("Lock", "Semaphore", "BoundedSemaphore", "Condition")
OF_STRANGERS = (
    "A visitor without a login is an AnonymousUser, which is neither None nor false: ask "
)
IS_NONE = (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    users = _users(project)
    dictionaries = _dictionaries(project)
    tables = _tables(project)
    for file in project.python.values():
        yield from _no_dataclass(project, file)
        yield from _no_receiver(project, file)
        yield from _never_set(project, file)
        yield from _of_nobody(file, users)
        yield from _users_in_events(project, file, users)
        yield from _plain_with(file)
        yield from _results_of_pipelines(file)
        yield from _keys_as_attributes(file, dictionaries)
        yield from _after_closing(file)
        yield from _sets_as_dictionaries(file)
        yield from _misspelt_keys(file, tables)


def _no_dataclass(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield classes that only have fields, but are called with values for them."""
    made = {
        call_name(node).rpartition(".")[2]
        for other in project.python.values()
        for node in nodes(other.tree)
        if call_name(node) and (node.args or node.keywords)
    }
    for owner in classes(file.tree):
        fields = [part.target.id for part in owner.body if _is_field(part)]
        if not fields or owner.bases or owner.decorator_list or owner.name not in made:
            continue
        if not any(isinstance(part, FUNCTIONS) and part.name == "__init__" for part in owner.body):
            has_import = "dataclass" in assigned_names(file.tree)
            says = f"`@dataclass` is missing above the class {owner.name}, which takes its fields"
            says += "." if has_import else ", with `from dataclasses import dataclass` at the top."
            words = (f"{owner.name}()", owner.name)
            yield Mistake("no-dataclass", says, file.at(owner), "", owner.name, 0, words)


def _is_field(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)


def _no_receiver(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield signal handlers that nothing connects to their signal."""
    if not any(word in file.text for word in OF_SIGNALS):
        return
    used = {
        node.id
        for other in project.python.values()
        for node in nodes(other.tree)
        if isinstance(node, ast.Name)
    }
    for function in file.tree.body:
        if not isinstance(function, FUNCTIONS) or function.decorator_list:
            continue
        names = {argument.arg for argument in function.args.args}
        if function.args.kwarg and names & {"instance", "sender", "request"}:
            if function.name not in used:
                says = f"Nothing calls {function.name}(): `@receiver(…)`, with a signal and its "
                says += "sender, is missing above it."
                yield Mistake("no-receiver", says, file.at(function), "", function.name)


def _never_set(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield attributes that are empty at first and that nothing ever sets."""
    every = [node for other in project.python.values() for node in nodes(other.tree)]
    assigned = {node.attr for node in every if isinstance(node, ast.Attribute) and is_set(node)} | {
        node.args[1].value
        for node in every
        if call_name(node) == "setattr" and isinstance(node.args[1], ast.Constant)
    }
    for owner in classes(file.tree):
        if owner.name in ("Meta", "Media") or not owner.bases:
            continue
        for statement in owner.body:
            is_plain = isinstance(statement, ast.Assign) and isinstance(
                statement.value, ast.Constant
            )
            if not is_plain or statement.value.value not in EMPTY:
                continue
            name = getattr(statement.targets[0], "id", "")
            if name in assigned or _is_given_below(project, owner, name):
                continue
            if not any(is_of_self(node) and node.attr == name for node in nodes(owner)):
                continue
            yield _unset(file, owner, statement, name)


def _is_given_below(project: SourceProject, owner: ast.ClassDef, name: str) -> bool:
    """Return whether another class of the project sets the attribute."""
    return any(
        name in assigned_names(other)
        for file in project.python.values()
        for other in classes(file.tree)
        if other is not owner
    )


def _unset(file: PythonFile, owner: ast.ClassDef, statement: ast.Assign, name: str) -> Mistake:
    value = ast.unparse(statement.value).replace("'", '"')
    says = f"self.{name} is always {value}, because nothing sets it"
    place = file.at(statement)
    for method in (member for member in owner.body if isinstance(member, FUNCTIONS)):
        own = [argument.arg for argument in method.args.args]
        own += [node.id for node in nodes(method) if isinstance(node, ast.Name)]
        if name in own:
            says += f": write `self.{name} = {name}` in {method.name}()"
            place = file.at(method)
            break
    return Mistake("never-set", f"{says}.", place, "", name, LIKELY)


def _users(project: SourceProject) -> set[str]:
    """Return the expressions and attributes that hold the user of a scope or a request."""
    found, nobody = set(), set()
    for file in project.python.values():
        for node in nodes(file.tree):
            if isinstance(node, ast.Assign) and getattr(node.value, "value", "") is None:
                nobody |= {ast.unparse(target).removeprefix("self.") for target in node.targets}
            if isinstance(node, ast.Assign) and _is_user(node.value):
                found |= {ast.unparse(target) for target in node.targets}
            decorators = [ast.unparse(one) for one in getattr(node, "decorator_list", [])]
            if isinstance(node, ast.FunctionDef) and "property" in decorators:
                last = node.body[-1]
                if isinstance(last, ast.Return) and _is_user(last.value):
                    found.add(f"self.{node.name}")
    return {name for name in found if name.removeprefix("self.") not in nobody}


def _is_user(node: ast.AST | None) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        key = node.args[0] if node.args and node.func.attr == "get" else None
        return getattr(key, "value", "") == "user" and "scope" in ast.unparse(node.func)
    if not isinstance(node, ast.Subscript | ast.Attribute):
        return False
    text = ast.unparse(node).replace('"', "'")
    return text.endswith("scope['user']") or text == "request.user" or text == "self.request.user"


def _of_nobody(file: PythonFile, users: set[str]) -> Iterator[Mistake]:
    """Yield checks of a user that give the same result for every visitor."""
    for node in nodes(file.tree):
        asked, is_plain = [], isinstance(node, ast.If | ast.While | ast.IfExp)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], IS_NONE):
            if getattr(node.comparators[0], "value", "") is None:
                asked = [node.left]
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            asked = [node.operand]
        elif is_plain:
            asked = [node.test]
        for value in asked:
            is_named = isinstance(value, ast.Name | ast.Attribute) and ast.unparse(value) in users
            if is_named or _is_user(value):
                says = f"{OF_STRANGERS}`{ast.unparse(value)}.is_authenticated`."
                yield Mistake("anonymous", says, file.at(node), "", ast.unparse(value))


def _users_in_events(
    project: SourceProject, file: PythonFile, users: set[str]
) -> Iterator[Mistake]:
    """Yield users that are put into an event, directly or through a parameter."""
    sending = _sending(project)
    for node in nodes(file.tree):
        values = []
        if isinstance(node, ast.Call):
            parameters = sending.get(call_name(node).rpartition(".")[2], {})
            values = [word.value for word in node.keywords if word.arg in parameters.values()]
            values += [value for place, value in enumerate(node.args) if place in parameters]
            if call_name(node).endswith("group_send"):
                found = (one for argument in node.args for one in nodes(argument))
                values += [v for one in found if isinstance(one, ast.Dict) for v in one.values]
        for value in values:
            if isinstance(value, ast.Name | ast.Attribute) and ast.unparse(value) in users:
                text = ast.unparse(value)
                says = f"An event can only hold plain values, and {text} is an object: write "
                says += f"`{text}.pk` or `{text}.username`."
                words = ("serialize",)
                yield Mistake("object-in-event", says, file.at(value), "P26", text, 0, words)


def _sending(project: SourceProject) -> dict[str, dict[int, str]]:
    """Return the functions that put parameters into an event, with their positions."""
    found = {}
    for file in project.python.values():
        for function in functions(file.tree):
            if "group_send(" not in ast.unparse(function):
                continue
            names = [argument.arg for argument in function.args.args]
            names = names[1:] if names[:1] == ["self"] else names
            inside = [v for one in nodes(function) if isinstance(one, ast.Dict) for v in one.values]
            put = {value.id for value in inside if isinstance(value, ast.Name)}
            found[function.name] = {n: name for n, name in enumerate(names) if name in put}
    return found


def _plain_with(file: PythonFile) -> Iterator[Mistake]:
    """Yield asyncio locks in a plain `with` instead of an `async with`."""
    locks = {
        ast.unparse(target)
        for node in nodes(file.tree)
        if isinstance(node, ast.Assign) and call_name(node.value).removeprefix("asyncio.") in LOCKS
        if "asyncio" in file.text
        for target in node.targets
    }
    for node in nodes(file.tree):
        if isinstance(node, ast.With):
            for item in node.items:
                text = ast.unparse(item.context_expr)
                if text in locks:
                    says = f"This lock is asyncio's: write `async with {text}:`."
                    words = ("context manager",)
                    yield Mistake("plain-with", says, file.at(node), "", text, 0, words)


def _results_of_pipelines(file: PythonFile) -> Iterator[Mistake]:
    """Yield pipelines whose results are unpacked into more or fewer names than commands."""
    for function in functions(file.tree):
        for node in nodes(function):
            value = getattr(node, "value", None) if isinstance(node, ast.Assign) else None
            value = value.value if isinstance(value, ast.Await) else value
            name = call_name(value)
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if not name.endswith(".execute") or not isinstance(target, ast.Tuple):
                continue
            owner = name.removesuffix(".execute")
            sent = [one for one in nodes(function) if call_name(one).rpartition(".")[0] == owner]
            commands = len(sent) - 1
            is_open = any(isinstance(part, ast.Starred) for part in target.elts)
            has_loop = any(isinstance(part, ast.For | ast.If) for part in nodes(function))
            if commands > 1 and commands != len(target.elts) and not (is_open or has_loop):
                says = f"The pipeline has {commands} commands and gives {commands} results: name "
                says += f"{commands}, with `_` for what you don't need."
                words = ("to unpack",)
                yield Mistake("pipeline", says, file.at(node), "", function.name, 0, words)


def _dictionaries(project: SourceProject) -> dict[str, set[str]]:
    """Return the settings that are dictionaries, with their keys."""
    file = project.settings
    return {
        f"settings.{name}": {getattr(key, "value", None) for key in statements[-1].value.keys}
        for name, statements in (assigned_names(file.tree).items() if file else ())
        if isinstance(getattr(statements[-1], "value", None), ast.Dict)
    }


def _keys_as_attributes(file: PythonFile, dictionaries: dict[str, set[str]]) -> Iterator[Mistake]:
    """Yield keys of a dictionary in the settings that don't exist or are read as attributes."""
    for node in nodes(file.tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value)
            if owner in dictionaries and node.attr in dictionaries[owner]:
                says = f'{owner} is a dictionary: write `{owner}["{node.attr}"]`.'
                yield Mistake("key-as-attribute", says, file.at(node), "", node.attr)


def _after_closing(file: PythonFile) -> Iterator[Mistake]:
    """Yield conditional calls of close() after which the method continues as if it were open."""
    for function in functions(file.tree):
        for block in (getattr(node, "body", None) for node in nodes(function)):
            if not isinstance(block, list):
                continue
            for statement, *later in (block[n:] for n in range(len(block))):
                if not isinstance(statement, ast.If) or statement.orelse or not later:
                    continue
                last = statement.body[-1]
                awaited = last.value if isinstance(last, ast.Expr) else None
                call = awaited.value if isinstance(awaited, ast.Await) else None
                rest = " ".join(ast.unparse(one) for one in later if isinstance(one, ast.Expr))
                if call_name(call) == "self.close" and re.search(GOES_ON, rest):
                    says = "`return` is missing below this line: without it, "
                    says += f"{function.name}() continues after the socket is closed."
                    yield Mistake("missing-return", says, file.at(last), "", function.name)


def _sets_as_dictionaries(file: PythonFile) -> Iterator[Mistake]:
    """Yield sets in braces that a colon turns into dictionaries."""
    for node in nodes(file.tree):
        name = call_name(node)
        if name.rpartition(".")[2] not in TAKES_DICTIONARIES and name not in TAKES_DICTIONARIES:
            continue
        for value in node.args:
            first = value.elts[0] if isinstance(value, ast.Set) else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                key = f'"{first.value}"'
                says = f"A comma in braces makes a set, and a colon a dictionary: write `{key}:`."
                yield Mistake("set", says, file.at(value), "", first.value)


def _tables(project: SourceProject) -> dict[str, tuple[str, set[str]]]:
    """Return the constants that are dictionaries with string keys: their file and their keys."""
    found = {}
    for path, file in project.python.items():
        for name, statements in assigned_names(file.tree).items():
            value = getattr(statements[-1], "value", None)
            keys = [getattr(key, "value", None) for key in getattr(value, "keys", ())]
            is_table = name.isupper() and file is not project.settings
            if is_table and len(keys) > FEW_KEYS and all(isinstance(key, str) for key in keys):
                found[name] = (path, set(keys))
    return found


def _misspelt_keys(file: PythonFile, tables: dict[str, tuple[str, set[str]]]) -> Iterator[Mistake]:
    """Yield arguments that are nearly a key of a constant dictionary."""
    every = set().union(*(keys for _, keys in tables.values())) if tables else set()
    for node in nodes(file.tree):
        for value in node.args if isinstance(node, ast.Call) else ():
            text = getattr(value, "value", None)
            if not isinstance(text, str) or text in every or "_" not in text:
                continue
            for name, (path, keys) in tables.items():
                if near := nearest(text, keys):
                    says = f'{name} in {path} has no "{text}". Did you mean `{near}`?'
                    words = (repr(text),)
                    yield Mistake("misspelt-key", says, file.at(value), "", text, LIKELY, words)
