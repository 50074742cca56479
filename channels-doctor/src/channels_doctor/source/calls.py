"""Calls of a channel layer's methods, and whether they're awaited."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from channels_doctor.finding import Finding, finding
from channels_doctor.source import edits
from channels_doctor.source.consumers import Consumer
from channels_doctor.source.methods import must_be_async
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

GROUP_METHODS = ("group_add", "group_discard", "group_send")
OF_THE_BASE = ("accept", "close", "send", "send_json", "dispatch")
OF_A_CONSUMER = ("send", "send_json", "close")
WRAP = (
    "This is synchronous code, so wrap the call in `async_to_sync`, and import that: "
    "`from asgiref.sync import async_to_sync`."
)
NAMES = {"memory": "InMemoryChannelLayer", "core": "RedisChannelLayer"}


@dataclass(frozen=True)
class LayerCall:
    """A call of a layer's method, bare or through `async_to_sync`."""

    module: Module
    function: ast.AST | None
    node: ast.Call
    method: str

    def argument(self, position: int, name: str) -> ast.AST | None:
        for keyword in self.node.keywords:
            if keyword.arg == name:
                return keyword.value
        return self.node.args[position] if len(self.node.args) > position else None


def layer_names(module: Module) -> set[str]:
    """Return the names that `module` binds to the result of get_channel_layer().

    `layer` is included if it isn't bound to anything else, because then it is an argument.
    """
    names, others = set(), set()
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            is_layer = dotted(node.value).endswith("get_channel_layer()")
            (names if is_layer else others).update(dotted(target) for target in node.targets)
    return names | ({"layer", "self.layer"} - others)


def method_of(node: ast.AST, names: set[str]) -> str:
    """Return the layer's method that the expression `node` names, or ""."""
    if not isinstance(node, ast.Attribute):
        return ""
    owner = dotted(node.value)
    is_layer = (
        owner in names or owner.endswith("get_channel_layer()") or owner.endswith("channel_layer")
    )
    return node.attr if is_layer and node.attr in (*GROUP_METHODS, "send", "receive") else ""


def layer_calls(tree: Tree) -> list[LayerCall]:
    """Return every call of a layer's method in the project."""
    found = []
    for module in tree:
        names = layer_names(module)
        for function in module.functions:
            for node in own_nodes(function):
                if not isinstance(node, ast.Call):
                    continue
                method = method_of(node.func, names)
                if not method and is_async_to_sync(node.func) and node.func.args:
                    method = method_of(node.func.args[0], names)
                if method:
                    found.append(LayerCall(module, function, node, method))
    return found


def is_async_to_sync(node: ast.AST) -> bool:
    """Return whether `node` is a call `async_to_sync(…)`."""
    return isinstance(node, ast.Call) and dotted(node.func).endswith("async_to_sync")


def never_awaited(
    tree: Tree, consumers: list[Consumer], kind: str, handlers: set[str]
) -> Iterator[Finding]:
    """P20: a coroutine is created and thrown away.

    `kind` is the default layer's kind, and `handlers` are the methods that events call.
    """
    owners = {id(node): consumer for consumer in consumers for _, node in consumer.methods.values()}
    for module in tree:
        names = layer_names(module)
        for function in module.functions:
            owner = owners.get(id(function))
            if owner and must_be_async(owner, function, handlers):
                continue  # the change of P22 awaits its calls
            for node in own_nodes(function):
                call = _thrown_away(node)
                coroutine = _coroutine(call, names, kind, function, owner) if call else ""
                if coroutine:
                    yield _not_awaited(module, function, call, coroutine)
    yield from _async_in_sync(consumers, handlers)
    yield from _handed_back(consumers)


def _coroutine(
    call: ast.Call, names: set[str], kind: str, function: ast.AST, owner: Consumer | None
) -> str:
    """Return what Python calls the coroutine that `call` makes, or "" if it makes none.

    `names` are the layers' in the module; `owner` is the consumer that `function` is a method of.
    """
    method = method_of(call.func, names)
    if method:
        return f"{NAMES[kind]}.{method}" if kind in NAMES else "_async_proxy"
    if not isinstance(function, ast.AsyncFunctionDef):
        return ""
    if not owner or not owner.is_async or not owner.websocket:
        return ""
    name = dotted(call.func).removeprefix("self.")
    if name not in OF_A_CONSUMER or not dotted(call.func).startswith("self."):
        return ""
    if isinstance(owner.methods.get(name, (0, 0))[1], ast.FunctionDef):
        return ""  # their own method, which needn't be awaited
    return f"{owner.base}.{name}"


def _not_awaited(module: Module, function: ast.AST, call: ast.Call, coroutine: str) -> Finding:
    is_async = isinstance(function, ast.AsyncFunctionDef)
    change = edits.inserted(module, call, "await ") if is_async else None
    name = dotted(call.func)
    return finding(
        "P20",
        f"{name}(…) is called but never awaited, so it does nothing.",
        module.place(call),
        values={"coroutine": coroutine},
        fix="" if change or "async_to_sync" in module.imports else WRAP,
        change=change or edits.wrapped(module, call),
        found_by="source",
        about=name.rpartition(".")[2],
    )


def _thrown_away(node: ast.AST) -> ast.Call | None:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return node.value
    if isinstance(node, ast.Call) and dotted(node.func).endswith("on_commit"):
        for argument in node.args:
            if isinstance(argument, ast.Lambda) and isinstance(argument.body, ast.Call):
                return argument.body
    return None


def _handed_back(consumers: list[Consumer]) -> Iterator[Finding]:
    """An overridden method returns its base's coroutine, and nobody awaits that."""
    for consumer in (consumer for consumer in consumers if consumer.is_async):
        for method in consumer.own:
            if not isinstance(method, ast.AsyncFunctionDef) or method.name not in OF_THE_BASE:
                continue
            for node in own_nodes(method):
                value = node.value if isinstance(node, ast.Return) else None
                if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
                    continue
                if dotted(value.func) != f"super().{method.name}":
                    continue
                yield finding(
                    "P20",
                    f"{consumer.name}.{method.name} returns its base's coroutine instead of "
                    "awaiting it, so nothing happens.",
                    consumer.module.place(value),
                    values={"coroutine": f"{consumer.base}.{method.name}"},
                    change=edits.inserted(consumer.module, value, "await "),
                    found_by="source",
                    about=method.name,
                )


def _async_in_sync(consumers: list[Consumer], handlers: set[str]) -> Iterator[Finding]:
    """A synchronous consumer calls its methods without awaiting anything."""
    for consumer in consumers:
        if consumer.is_async or not consumer.websocket:
            continue
        for method in consumer.own:
            if not isinstance(method, ast.AsyncFunctionDef) or method.decorator_list:
                continue
            called = {"receive", "receive_json", "disconnect", *consumer.handlers(handlers)}
            if method.name in called - {"connect"}:
                name = f"{consumer.name}.{method.name}"
                yield finding(
                    "P20",
                    f"{name} is an async def in a {consumer.base}, which never awaits it.",
                    consumer.module.place(method),
                    values={"coroutine": name},
                    fix="Write plain `def`, with `async_to_sync` around the layer, or use "
                    f"`Async{consumer.base}` and `await`.",
                    change=edits.made_plain(consumer.module, method),
                    found_by="source",
                    about=method.name,
                )


def sync_inside_the_loop(tree: Tree, consumers: list[Consumer]) -> Iterator[Finding]:
    """P21: `async_to_sync(…)(…)` directly in an async def."""
    never_run = {
        id(node) for consumer in consumers if not consumer.is_async for node in consumer.own
    }
    for module in tree:
        for function in module.functions:
            if not isinstance(function, ast.AsyncFunctionDef) or id(function) in never_run:
                continue  # P20 covers an async def that nobody awaits
            for node in own_nodes(function):
                if isinstance(node, ast.Call) and is_async_to_sync(node.func):
                    yield finding(
                        "P21",
                        f"{function.name} is an async def, so async_to_sync cannot run in it.",
                        module.place(node),
                        change=edits.awaited(module, node),
                        found_by="source",
                    )
