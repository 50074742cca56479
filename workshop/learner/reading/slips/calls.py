"""Calls of a project's own functions: without a result, in the wrong order, or missing."""

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from workshop.learner.reading.consumers import GROUP_METHODS
from workshop.learner.reading.names import is_of_self
from workshop.learner.reading.project import (
    Mistake,
    PythonFile,
    SourceProject,
    is_stored,
    nodes,
)
from workshop.learner.reading.slips.values import CALLED_LATER
from workshop.learner.reading.statements import (
    COROUTINE_MAKERS,
    FUNCTIONS,
    OF_ASYNCIO,
    RUNNERS,
    call_name,
    coroutines,
    functions,
    handed_on,
    returns,
    waits,
    yields,
)

# Methods that other objects have too, so a call may be one of theirs.
OF_OTHERS = {name for kind in (str, list, dict, set, bytes) for name in dir(kind)} | {
    "save", "delete", "create", "filter", "exclude", "close", "send", "receive", "connect",
    "disconnect", "accept", "put", "start", "run", "cancel", "read", "write", "check", "clean",
}  # fmt: skip
# Methods of Django's objects that people forget to call when they assign the result.
ASKED = {"save", "first", "last", "count", "exists", "all", "is_valid", "delete", "get_full_name"}
SWAPPED = re.compile(r"^\s*([\w.]+) =([+-]) (?=[\w(])")
WRAPPERS = {*COROUTINE_MAKERS, "atomic", "staticmethod", "classmethod"}
ENTRANCES = {"application", "urlpatterns", "websocket_urlpatterns"}
NEVER_ASYNC = {"__init__", "__post_init__", "__str__", "__repr__", "__del__"}
AS_VALUES = (ast.BinOp, ast.FormattedValue, ast.Compare, ast.Subscript)
ONE_LETTER_MORE = {"dump": "makes JSON", "load": "reads JSON"}


@dataclass(frozen=True)
class OwnFunction:
    """A function of the project, and the names of its parameters without self."""

    file: PythonFile
    function: ast.FunctionDef | ast.AsyncFunctionDef
    parameters: tuple[str, ...]


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    own = _own(project)
    yield from _return_nothing(project, own)
    for file in project.python.values():
        yield from _named_entrance(file)
        yield from _into_a_file(file)
        yield from _methods_as_results(file)
        yield from _signs_swapped(file)
        for owner in (node for node in nodes(file.tree) if isinstance(node, ast.ClassDef)):
            yield from _methods_as_values(project, file, owner)
        for function in functions(file.tree):
            yield from _swapped(file, function, own)
            yield from _quoted_names(file, function)
            if isinstance(function, ast.FunctionDef):
                yield from _never_awaited(file, function)


@functools.lru_cache(maxsize=8)
def _own(project: SourceProject) -> dict[str, list[OwnFunction]]:
    """Return the project's functions by name, and its constructors by the name of their class."""
    found: dict[str, list[OwnFunction]] = {}
    for file in project.python.values():
        owners = [(file.tree, "")]
        owners += [(node, node.name) for node in nodes(file.tree) if isinstance(node, ast.ClassDef)]
        for owner, class_name in owners:
            for member in owner.body:
                if isinstance(member, FUNCTIONS):
                    name = class_name if member.name == "__init__" else member.name
                    arguments = [argument.arg for argument in member.args.args]
                    parameters = arguments[1:] if class_name else arguments
                    found.setdefault(name, []).append(OwnFunction(file, member, tuple(parameters)))
    return found


@functools.lru_cache(maxsize=512)
def _parents(tree: ast.AST) -> dict[int, ast.AST]:
    return {id(child): node for node in nodes(tree) for child in ast.iter_child_nodes(node)}


def _return_nothing(project: SourceProject, own: dict[str, list[OwnFunction]]) -> Iterator[Mistake]:
    """Yield functions that return nothing, where other code uses what they return."""
    silent = {
        name: found[0] for name, found in own.items() if all(map(_is_silent, found)) and found
    }
    for file in project.python.values():
        parents = _parents(file.tree)
        for node in nodes(file.tree):
            name = call_name(node)
            last = name.rpartition(".")[2]
            found = silent.get(last)
            is_other = name not in (last, f"self.{last}") and last in OF_OTHERS
            if not found or is_other or not _is_used(parents, node):
                continue
            is_awaited = isinstance(parents.get(id(node)), ast.Await)
            if not is_awaited and last in coroutines(found.file):
                continue
            del silent[last]
            says = f"{last}() returns nothing, but {file.path}, line {node.lineno}, uses what it "
            says += f"returns: {_what_to_return(found.function)}."
            end = found.function.body[-1].end_lineno
            yield Mistake("missing-return", says, found.file.at(end), "", last)


def _is_silent(own: OwnFunction) -> bool:
    function = own.function
    decorators = [ast.unparse(node).partition("(")[0] for node in function.decorator_list]
    is_plain = all(name.rpartition(".")[2] in WRAPPERS for name in decorators)
    if not is_plain or function.name == "__init__" or returns(function) or yields(function):
        return False
    last = function.body[-1]
    is_open = isinstance(last, ast.Raise | ast.Pass) or len(function.body) == 1 and _says(last)
    return not is_open


def _says(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _what_to_return(function: ast.AST) -> str:
    stored = _stored(function)
    return f"end it with `return {stored[-1]}`" if len(stored) == 1 else "end it with `return …`"


def _stored(function: ast.AST) -> list[str]:
    return list(dict.fromkeys(node.id for node in nodes(function) if is_stored(node)))


def _is_used(parents: dict[int, ast.AST], call: ast.Call) -> bool:
    """Return whether code uses the value that a call returns."""
    node = parents.get(id(call))
    if isinstance(node, ast.Await):
        call, node = node, parents.get(id(node))
    if isinstance(node, ast.Call):
        runs = call_name(node).rpartition(".")[2]
        return call in node.args and runs not in RUNNERS | set(CALLED_LATER) | {"run", "print"}
    if isinstance(node, ast.Assign):
        return all(isinstance(target, ast.Name | ast.Attribute) for target in node.targets)
    return isinstance(node, (ast.keyword, ast.Dict, ast.NamedExpr, *AS_VALUES))


def _swapped(
    file: PythonFile, function: ast.AST, own: dict[str, list[OwnFunction]]
) -> Iterator[Mistake]:
    """Yield calls whose arguments have the names of parameters at other positions."""
    for node in nodes(function):
        name = call_name(node)
        last = name.rpartition(".")[2]
        found = own.get(last, [])
        if len(found) != 1 or name.count(".") > 1 or len(getattr(node, "args", ())) < 2:
            continue
        if "." in name and last in OF_OTHERS and not name.startswith("self."):
            continue
        if right := _reordered(node.args, found[0].parameters):
            says = f"{last}() takes {', '.join(found[0].parameters)} in this order: write "
            says += f"`{last}({', '.join(right)})`."
            words = (f"{last}()",)
            yield Mistake("wrong-order", says, file.at(node), "", last, 0, words)


def _reordered(arguments: list[ast.expr], parameters: tuple[str, ...]) -> list[str]:
    """Return the arguments by the names of the parameters, or [] if they may be right."""
    names = [getattr(node, "attr", getattr(node, "id", "")) for node in arguments]
    wanted = parameters[: len(names)]
    if len(wanted) < len(names) or any(isinstance(node, ast.Starred) for node in arguments):
        return []
    moved = [name for name, place in zip(names, wanted, strict=True) if name != place]
    strangers = [name for name in moved if name in wanted]
    if not strangers or any(names[wanted.index(name)] == name for name in strangers):
        return []
    texts = {name: ast.unparse(node) for name, node in zip(names, arguments, strict=True)}
    others = [ast.unparse(node) for node in arguments if _name(node) not in wanted]
    free = [name for name in wanted if name not in names]
    if len(others) != len(free) or len(texts) != len(names):
        return []
    rest = dict(zip(free, others, strict=True))
    return [texts.get(name) or rest[name] for name in wanted]


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _quoted_names(file: PythonFile, function: ast.AST) -> Iterator[Mistake]:
    """Yield strings that contain the name of an otherwise unused variable."""
    read = {node.id for node in nodes(function) if _is_read(node)}
    own = {node.arg for node in nodes(function) if isinstance(node, ast.arg)} - {"self"}
    unread = (own | set(_stored(function))) - read
    values = [
        (None, value)
        for node in nodes(function)
        if isinstance(node, ast.Call)
        for value in [*node.args, *(word.value for word in node.keywords)]
    ]
    values += [
        pair
        for node in nodes(function)
        if isinstance(node, ast.Dict)
        for pair in zip(node.keys, node.values, strict=True)
    ]
    for _, value in values:
        text = value.value if isinstance(value, ast.Constant) else None
        if isinstance(text, str) and text in unread:
            says = f'"{text}" is the word itself: for the value of the variable, write `{text}` '
            yield Mistake("quoted-name", f"{says}without quotes.", file.at(value), "", text)


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _named_entrance(file: PythonFile) -> Iterator[Mistake]:
    """Yield functions that are named but not called, although their result is needed."""
    makers = {
        member.name
        for member in file.tree.body
        if isinstance(member, ast.FunctionDef) and not member.args.args and returns(member)
    }
    for statement in file.tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
            names = {getattr(target, "id", "") for target in statement.targets}
            name = statement.value.id
            if names & ENTRANCES and name in makers:
                says = f"`{name}` is the function itself: to get its result, write `{name}()`."
                yield Mistake("missing-call", says, file.at(statement), "", name)


def _methods_as_results(file: PythonFile) -> Iterator[Mistake]:
    """Yield methods that are assigned instead of their results."""
    for node in nodes(file.tree):
        value = node.value if isinstance(node, ast.Assign) else None
        if isinstance(value, ast.Attribute) and value.attr in ASKED:
            says = f"`{ast.unparse(value)}` is the method itself: to get its result, write "
            says += f"`{ast.unparse(value)}()`."
            yield Mistake("missing-call", says, file.at(node), "", value.attr)


def _signs_swapped(file: PythonFile) -> Iterator[Mistake]:
    """Yield `=+` instead of `+=`, which sets a value instead of adding to it."""
    for number, line in enumerate(file.text.splitlines(), 1):
        if found := SWAPPED.match(line):
            says = f"`={found[2]}` sets {found[1]}: to change it by that much, write `{found[2]}=`."
            yield Mistake("sign-swapped", says, file.at(number), "", found[1])


def _into_a_file(file: PythonFile) -> Iterator[Mistake]:
    """Yield calls of json.dump() and json.load() without a file."""
    for node in nodes(file.tree):
        module, _, name = call_name(node).rpartition(".")
        if module != "json" or name not in ONE_LETTER_MORE:
            continue
        if len(node.args) + len(node.keywords) == 1 and "open" not in ast.unparse(node):
            says = f"json.{name}() is for files: json.{name}s() {ONE_LETTER_MORE[name]}, so write "
            yield Mistake("not-a-text", f"{says}`json.{name}s(…)`.", file.at(node), "", name)


def _methods_as_values(
    project: SourceProject, file: PythonFile, owner: ast.ClassDef
) -> Iterator[Mistake]:
    """Yield methods that are used like attributes."""
    methods = {
        name
        for name, found in _own(project).items()
        for one in found
        if one.function in owner.body and not one.function.decorator_list
    }
    parents = _parents(file.tree)
    for node in nodes(owner):
        if not is_of_self(node) or node.attr not in methods or not isinstance(node.ctx, ast.Load):
            continue
        parent = parents.get(id(node))
        is_argument = isinstance(parent, ast.Call) and parent.func is not node
        is_group = is_argument and call_name(parent).rpartition(".")[2] in GROUP_METHODS
        is_test = isinstance(parent, ast.If | ast.While | ast.BoolOp | ast.UnaryOp)
        if is_group or is_test or isinstance(parent, AS_VALUES):
            says = f"{node.attr} is a method: write `self.{node.attr}()`, or put `@property` "
            says += f"above `def {node.attr}`."
            words = ("method", "Group name", node.attr)
            yield Mistake("missing-call", says, file.at(node), "", node.attr, 0, words)


def _never_awaited(file: PythonFile, function: ast.FunctionDef) -> Iterator[Mistake]:
    """Yield coroutines that a plain function calls, although it can't await them."""
    own, queues = coroutines(file), waits(file)
    allowed = handed_on(function)
    for node in nodes(function):
        name = call_name(node)
        last = name.rpartition(".")[2]
        is_own = last in own and name in (last, f"self.{last}")
        if id(node) in allowed or not (is_own or name in queues):
            continue
        says = f"{last}() is a coroutine, which {function.name}() can't await, because it's a "
        says += f"plain `def`: make it `async def {function.name}`, and await {last}()."
        place = file.at(node)
        if name in queues and last in OF_ASYNCIO["Queue"][:2]:
            says = f"{last}() is a coroutine, and nothing awaits it. In a plain `def`, write "
            says += f"`{name}_nowait(…)`."
        elif wrapped := _wrapped(file, last):
            says = f"{function.name}() is a plain `def` and can't await {last}(): remove "
            says += f"`@{ast.unparse(wrapped.decorator_list[0])}` above {last}()."
            place = file.at(wrapped.decorator_list[0])
        elif function.name in NEVER_ASYNC:
            says = f"{last}() is a coroutine, which only runs if something awaits it: start it "
            says += f"with `asyncio.create_task({ast.unparse(node)})`."
        yield Mistake("missing-await", says, place, "P20", last)


def _wrapped(file: PythonFile, name: str) -> ast.FunctionDef | None:
    """Return the plain function of that name whose decorator makes it a coroutine."""
    for function in functions(file.tree):
        if function.name == name and isinstance(function, ast.FunctionDef):
            return function
    return None
