"""Coroutines that are never awaited, and tasks that nothing refers to."""

import ast
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.source import edits
from channels_doctor.source.calls import is_async_to_sync, layer_names, method_of
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.names import absolute, called, decorators, functions_of
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

WRAPPED = {"database_sync_to_async", "sync_to_async"}
OF_A_CONSUMER = ("send", "send_json", "accept", "close")
TASKS = ("asyncio.create_task", "asyncio.ensure_future", "ensure_future", "create_task")
LOOPS = ("get_event_loop().create_task", "get_running_loop().create_task", "loop.create_task")


def check(tree: Tree, consumers: list[Consumer], handlers: set[str]) -> Iterator[Finding]:
    """P20 for the project's own coroutines, and P60."""
    functions = functions_of(tree)
    owners = {id(node): consumer for consumer in consumers for _, node in consumer.methods.values()}
    for module in tree:
        names = layer_names(module)
        for function in module.functions:
            owner = owners.get(id(function))
            for node in own_nodes(function):
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                    yield from _thrown_away(
                        module, function, node.value, owner, functions, handlers
                    )
                    yield from _unheld(module, function, node.value, owner)
                if isinstance(node, ast.Call) and is_async_to_sync(node) and node.args:
                    yield from _called_too_early(module, node, owner, functions, names)
            yield from _never_read(module, function, owner, functions)


def _coroutine(module: Module, call: ast.Call, owner: Consumer | None, functions: dict) -> str:
    """Return the name of the coroutine that `call` creates, or ""."""
    name = dotted(call.func)
    if name.startswith("self.") and name.count(".") == 1 and owner:
        own = owner.methods.get(name.removeprefix("self."))
        return f"{owner.name}.{own[1].name}" if own and _makes_coroutine(own[1]) else ""
    if absolute(module, name) == "asyncio.sleep":
        return "sleep"
    found = called(functions, module, call)
    return found[1].name if found and _makes_coroutine(found[1]) else ""


def _makes_coroutine(function: Function) -> bool:
    names = decorators(function)
    if isinstance(function, ast.FunctionDef):
        return bool(names) and names <= WRAPPED
    return not names


def _thrown_away(
    module: Module, function, call: ast.Call, owner: Consumer | None, functions: dict, handlers
) -> Iterator[Finding]:
    coroutine = _coroutine(module, call, owner, functions)
    name = dotted(call.func)
    is_async = isinstance(function, ast.AsyncFunctionDef)
    if not coroutine and owner and owner.is_async and owner.websocket and not is_async:
        last = name.removeprefix("self.")
        is_theirs = last in OF_A_CONSUMER and last not in owner.methods
        called_by_channels = {"connect", "disconnect", "receive", "receive_json"} | handlers
        if name == f"self.{last}" and is_theirs and function.name not in called_by_channels:
            coroutine = f"{owner.base}.{last}"
    if coroutine:
        yield finding(
            "P20",
            f"{name}(…) is called but never awaited, so it does nothing.",
            module.place(call),
            values={"coroutine": coroutine},
            fix=""
            if is_async
            else f"Make `{getattr(function, 'name', 'it')}` an `async def`, and await the call.",
            change=edits.inserted(module, call, "await ") if is_async else None,
            found_by="source",
            about=name.rpartition(".")[2],
        )


def _called_too_early(module, node: ast.Call, owner, functions, names) -> Iterator[Finding]:
    """P20: `async_to_sync(f(…))` gets a coroutine, although it needs the function."""
    inner = node.args[0]
    if not isinstance(inner, ast.Call):
        return
    is_layers = bool(method_of(inner.func, names))
    if not is_layers and not _coroutine(module, inner, owner, functions):
        return
    name = ast.unparse(inner.func)
    given = ", ".join(map(ast.unparse, [*inner.args, *inner.keywords]))
    yield finding(
        "P20",
        f"async_to_sync() gets the result of {name}(…) instead of {name}, so nothing is sent.",
        module.place(node),
        case="async_to_sync",
        fix=f"Write `async_to_sync({name})({given})`.",
        found_by="source",
        about=name.rpartition(".")[2],
    )


def _never_read(module: Module, function, owner, functions: dict) -> Iterator[Finding]:
    """P20: a coroutine is assigned to a name that is then used as if it were the result."""
    if not isinstance(function, ast.AsyncFunctionDef):
        return
    nodes = list(own_nodes(function))
    for node in nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        target = node.targets[0]
        if not isinstance(target, ast.Name) or not _coroutine(module, node.value, owner, functions):
            continue
        if dotted(node.value.func).endswith("sleep") or not _only_used_as_result(nodes, target.id):
            continue
        yield finding(
            "P20",
            f"{target.id} is a coroutine here, not its result: {dotted(node.value.func)}(…) is not "
            "awaited.",
            module.place(node),
            values={"coroutine": _coroutine(module, node.value, owner, functions)},
            change=edits.inserted(module, node.value, "await "),
            found_by="source",
            about=dotted(node.value.func).rpartition(".")[2],
        )


def _only_used_as_result(nodes: list[ast.AST], name: str) -> bool:
    """Return whether the name's attributes or items are read, and it isn't passed on."""
    uses = 0
    for node in nodes:
        if isinstance(node, (ast.Await, ast.Return, ast.Yield)) and _is(node.value, name):
            return False
        if isinstance(node, ast.Call):
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            if any(_is(part, name) for part in given):
                return False
        if isinstance(node, (ast.List, ast.Tuple)) and any(_is(part, name) for part in node.elts):
            return False
        if isinstance(node, (ast.Attribute, ast.Subscript)) and _is(node.value, name):
            uses += 1
    return uses > 0


def _is(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _unheld(module: Module, function, call: ast.Call, owner: Consumer | None) -> Iterator[Finding]:
    """P60: only the event loop has a reference to the task, and it's a weak one."""
    name = dotted(call.func)
    if absolute(module, name) not in TASKS and name not in TASKS and not name.endswith(LOOPS):
        return
    if owner is None and not any(path.startswith("channels") for path in module.imports.values()):
        return
    yield finding(
        "P60",
        f"{name}(…) creates a task without keeping a reference to it.",
        module.place(call),
        condition="when Python garbage-collects it early, or when the socket closes first",
        found_by="source",
        about="create_task",
    )
