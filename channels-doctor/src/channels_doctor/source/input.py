"""Check that client input is validated, so that one bad message doesn't end the socket."""

import ast
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.tree import dotted

IN_SYNC = (
    "Parse the client's message inside `try`, and answer with the error. This consumer is "
    "synchronous, so leave out the `await` of the example."
)
DEEPEST = 2  # methods that get a frame from one another
ENOUGH = {"ValueError", "JSONDecodeError", "Exception", "BaseException"}


def read_carelessly(consumers: list[Consumer]) -> Iterator[Finding]:
    """P30: `json.loads` of a client's text, without catching what it raises."""
    for consumer in consumers:
        entry = "receive" if consumer.websocket else "websocket_receive"
        for method in consumer.own:
            if method.name != entry or method.decorator_list:
                continue  # a decorator may catch it
            call = next(_parsed_carelessly(consumer, method, _names_of_input(method)), None)
            if call is not None:
                yield finding(
                    "P30",
                    f"{consumer.name}.{entry} parses JSON without catching errors.",
                    consumer.module.place(call),
                    condition="when a client sends invalid JSON, which any client can do",
                    fix="" if consumer.is_async else IN_SYNC,
                    found_by="source",
                )


def _parsed_carelessly(
    consumer: Consumer, method: Function, names: set[str], depth: int = 0
) -> Iterator[ast.Call]:
    """Yield the calls of `json.loads` on `names`, in `method` or in one that gets them."""
    for call in _unguarded(method.body, consumer.module.home(method).imports):
        if any(_innermost(part) in names for part in call.args):
            yield call
    for node in _outside(method.body, ENOUGH) if depth < DEEPEST else ():
        name = dotted(node.func) if isinstance(node, ast.Call) else ""
        below = consumer.methods.get(name.removeprefix("self."), (None, None))[1]
        if name.startswith("self.") and below is not None and not below.decorator_list:
            given = [argument.arg for argument in below.args.args[1:]]
            pairs = zip(given, node.args, strict=False)
            handed = {key for key, part in pairs if _innermost(part) in names}
            passed = handed | _bound_from(below, handed)
            yield from _parsed_carelessly(consumer, below, passed, depth + 1) if handed else ()


def _bound_from(method: Function, names: set[str]) -> set[str]:
    """Return the names in `method` that are bound to one of `names`, or to an item of it."""
    found = set()
    for node in ast.walk(method):
        if isinstance(node, ast.Assign) and _innermost(node.value) in names:
            found |= {dotted(target) for target in node.targets}
    return found - {""}


def _names_of_input(method: ast.AST) -> set[str]:
    """Return the names in `method` that refer to the client's data, or a part of it."""
    names = {given.arg for given in method.args.args[1:] + method.args.kwonlyargs}
    for node in ast.walk(method) if method.name == "websocket_receive" else ():
        if isinstance(node, ast.Assign) and _innermost(node.value) in names:
            names |= {dotted(target) for target in node.targets}
    return names - {""}


def _innermost(node: ast.AST) -> str:
    """Return the name that an item is read from: "event" for `event["text"]` or `event.get`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value if node.func.attr == "get" else node
    node = node.value if isinstance(node, ast.Subscript) else node
    return node.id if isinstance(node, ast.Name) else ""


def _unguarded(body: list[ast.stmt], imports: dict[str, str]) -> Iterator[ast.Call]:
    """Yield the calls of `json.loads` that no `try` around them catches."""
    for node in _outside(body, ENOUGH):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name == "json.loads" or imports.get(name) == "json.loads":
                yield node


def _outside(body: list[ast.stmt], enough: set[str]) -> Iterator[ast.AST]:
    """Yield the nodes of `body` in which none of the exceptions `enough` are caught."""
    waiting = list(body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.Try) and any(_catches(part, enough) for part in node.handlers):
            waiting = [*node.handlers, *node.orelse, *node.finalbody, *waiting]
            continue
        if isinstance(node, (ast.With, ast.AsyncWith)):
            if any(dotted(item.context_expr).endswith("suppress()") for item in node.items):
                continue
        yield node
        waiting = list(ast.iter_child_nodes(node)) + waiting


def _catches(handler: ast.ExceptHandler, enough: set[str]) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(kind).rpartition(".")[2] in enough for kind in types)


def taken_for_objects(consumers: list[Consumer]) -> Iterator[Finding]:
    """P30: JSON that isn't an object has no `get`, and nothing catches that error."""
    for consumer in consumers:
        entry = "receive" if consumer.websocket else "websocket_receive"
        method = next((part for part in consumer.own if part.name == entry), None)
        if method is None or method.decorator_list or "isinstance(" in ast.unparse(method):
            continue
        if list(_unguarded(method.body, consumer.module.home(method).imports)):
            continue  # another finding already says that it may not be JSON
        parsed = _parsed(method, consumer.module.home(method).imports)
        for node in _outside(method.body, {"AttributeError", "Exception", "BaseException"}):
            asked = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            if asked and node.func.attr == "get" and dotted(node.func.value) in parsed:
                yield finding(
                    "P30",
                    f"{consumer.name}.{entry} treats any JSON as an object.",
                    consumer.module.place(node),
                    condition="when a client sends a list or a number, which any client can do",
                    fix="Check `isinstance(data, dict)` before you read its items.",
                    found_by="source",
                )
                break


def _parsed(method: ast.AST, imports: dict[str, str]) -> set[str]:
    """Return the names in `method` that are bound to parsed JSON and to nothing else."""
    bound: dict[str, set[bool]] = {}
    for node in ast.walk(method):
        if isinstance(node, ast.Assign):
            name = dotted(node.value.func) if isinstance(node.value, ast.Call) else ""
            is_json = name == "json.loads" or imports.get(name) == "json.loads"
            for target in node.targets:
                bound.setdefault(dotted(target), set()).add(is_json)
    return {name for name, kinds in bound.items() if kinds == {True} and name}


def decoded_carelessly(consumers: list[Consumer]) -> Iterator[Finding]:
    """P30: the JSON consumer raises an exception on invalid JSON, which nothing catches."""
    for consumer in consumers:
        if "Json" not in consumer.base or not consumer.whole:
            continue
        takes = next((method for method in consumer.own if method.name == "receive_json"), None)
        if takes is None or {"decode_json", "receive", "websocket_receive", "dispatch"} & set(
            consumer.methods
        ):
            continue
        yield finding(
            "P30",
            f"{consumer.base} raises on invalid JSON, before {consumer.name}.receive_json is "
            "called.",
            consumer.module.place(takes),
            condition="when a client sends invalid JSON, which any client can do",
            fix="Override `decode_json` to return None for invalid JSON instead of raising.",
            found_by="source",
        )
