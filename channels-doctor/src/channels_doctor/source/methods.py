"""The methods that Channels calls: are they async if they have to be, and do they accept?"""

import ast
from collections.abc import Iterator

from channels_doctor.finding import Change, Finding, finding
from channels_doctor.source import edits
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.tree import dotted, own_nodes

LAYER = ("group_add", "group_discard", "group_send", "send")
AWAITED = ("self.accept", "self.close", "self.send", "self.send_json")
AWAITED += tuple(f"self.channel_layer.{name}" for name in LAYER)
CALLED = ("connect", "disconnect", "receive", "receive_json")


def not_async(consumers: list[Consumer], handlers: set[str]) -> Iterator[Finding]:
    """P22: a plain `def` that an async consumer awaits, although it returns nothing to await."""
    for consumer in consumers:
        for method in consumer.own:
            if must_be_async(consumer, method, handlers):
                yield finding(
                    "P22",
                    f"{consumer.name}.{method.name} is a plain def in an async consumer.",
                    consumer.module.place(method),
                    change=edits.made_async(consumer.module, method, AWAITED),
                    found_by="source",
                    about=method.name,
                )


def must_be_async(consumer: Consumer, method: ast.AST, handlers: set[str]) -> bool:
    """Return whether Channels awaits `consumer`'s plain `method`, which can't be awaited."""
    if not consumer.is_async or not isinstance(method, ast.FunctionDef):
        return False
    called = {*consumer.handlers(handlers), *(CALLED if consumer.websocket else ())}
    if method not in consumer.own or method.name not in called or method.decorator_list:
        return False
    return not _returns_something(method)


def _returns_something(method: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, (ast.Yield, ast.YieldFrom))
        or (isinstance(node, ast.Return) and node.value is not None)
        for node in own_nodes(method)
    )


def not_accepted(consumers: list[Consumer]) -> Iterator[Finding]:
    """P23: `connect` that never accepts."""
    for consumer in consumers:
        own = {method.name: method for method in consumer.own}
        connect = own.get("connect")
        if not consumer.websocket or connect is None or connect.decorator_list:
            continue
        is_async_def = isinstance(connect, ast.AsyncFunctionDef)
        if is_async_def and not consumer.is_async:
            yield _connect_never_awaited(consumer, connect)
        elif is_async_def or not consumer.is_async:  # otherwise, that's P22
            thrown = _accept_thrown_away(consumer, connect)
            if thrown is not None:
                yield _accept_not_awaited(consumer, thrown)
            elif not _decides(consumer, connect, set()):
                yield _undecided(consumer, connect)


def _connect_never_awaited(consumer: Consumer, connect: ast.AsyncFunctionDef) -> Finding:
    return finding(
        "P23",
        f"{consumer.name}.connect is an async def in a {consumer.base}, which never awaits it.",
        consumer.module.place(connect),
        fix="Write plain `def`, with `async_to_sync` around the layer, or use "
        f"`Async{consumer.base}` and `await`.",
        change=edits.made_plain(consumer.module, connect),
        found_by="source",
        about="connect",
    )


def _accept_not_awaited(consumer: Consumer, call: ast.Call) -> Finding:
    return finding(
        "P23",
        f"{consumer.name}.connect calls self.accept() but doesn't await it.",
        consumer.module.place(call),
        change=edits.inserted(consumer.module, call, "await "),
        found_by="source",
        about="accept",
    )


def _undecided(consumer: Consumer, connect: Function) -> Finding:
    accept = "await self.accept()" if consumer.is_async else "self.accept()"
    module = consumer.module.home(connect)
    last = module.line(connect.body[-1].end_lineno)
    indent = module.line(connect.body[0].lineno)
    indent = indent[: len(indent) - len(indent.lstrip())]
    goes_on = not isinstance(connect.body[-1], (ast.Return, ast.Raise))
    simple = connect.body[0].lineno != connect.lineno and goes_on
    return finding(
        "P23",
        f"{consumer.name}.connect neither accepts nor closes the socket.",
        consumer.module.place(connect),
        change=Change((), (f"{indent}{accept}",), last) if simple else None,
        found_by="source",
        about="accept",
    )


def _accept_thrown_away(consumer: Consumer, connect: Function) -> ast.Call | None:
    if not consumer.is_async or "accept" in consumer.methods:
        return None
    for node in own_nodes(connect):
        if isinstance(node, ast.Expr) and dotted(node.value) == "self.accept()":
            return node.value
    return None


def _decides(consumer: Consumer, method: Function, seen: set[str]) -> bool:
    """Return whether `method` may accept or refuse, which is True if that's unknown."""
    seen = {*seen, method.name}
    for node in ast.walk(method):
        if isinstance(node, ast.Raise):
            return True
        if isinstance(node, ast.Attribute) and dotted(node).startswith("super()"):
            return True
        if isinstance(node, ast.Attribute) and dotted(node) in ("self.accept", "self.close"):
            return True
        if isinstance(node, ast.Attribute) and node.attr in ("base_send", "websocket_connect"):
            return True
        if isinstance(node, ast.Call):
            if any(
                isinstance(argument, ast.Name) and argument.id == "self" for argument in node.args
            ):
                return True  # passed to other code
            name = dotted(node.func)
            if name.startswith("self.") and name.count(".") == 1:
                target = consumer.methods.get(name.removeprefix("self."))
                if target is None and not consumer.whole:
                    return True
                if target and target[1].name not in seen and _decides(consumer, target[1], seen):
                    return True
    return False
