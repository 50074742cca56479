"""The methods that Channels calls: async where they must be, with the right arguments, accepting."""

import ast
from collections.abc import Iterator

from workshop.doctor.finding import Change, Finding, finding
from workshop.doctor.source import edits
from workshop.doctor.source.consumers import Consumer, Function
from workshop.doctor.source.tree import dotted, own_nodes

CALLED = ("connect", "disconnect", "receive", "receive_json")
SIGNATURES = {"connect": 0, "disconnect": 1, "receive_json": 1}
ARGUMENTS = {"connect": "(self)", "disconnect": "(self, code)", "receive_json": "(self, content)"}


def not_async(consumers: list[Consumer], handlers: set[str]) -> Iterator[Finding]:
    """P22: a plain `def` where an async consumer awaits, which gives it nothing to await."""
    for consumer in consumers:
        if not consumer.is_async:
            continue
        called = {*handlers, *(CALLED if consumer.websocket else ())}
        for method in consumer.own:
            if isinstance(method, ast.FunctionDef) and method.name in called:
                if not method.decorator_list and not _returns_something(method):
                    yield finding(
                        "P22",
                        f"{consumer.name}.{method.name} is a plain def in an async consumer.",
                        consumer.module.place(method),
                        change=edits.made_async(consumer.module, method),
                        found_by="source",
                    )


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
        place = consumer.module.place(connect)
        name = f"{consumer.name}.connect"
        if not consumer.is_async and isinstance(connect, ast.AsyncFunctionDef):
            yield finding(
                "P23",
                f"{name} is an async def in a {consumer.base}, which awaits nothing.",
                place,
                mend="Write plain `def`, or derive from "
                f"`Async{consumer.base}` and await what it does.",
                change=edits.made_plain(consumer.module, connect),
                found_by="source",
            )
            continue
        if consumer.is_async and isinstance(connect, ast.FunctionDef):
            continue  # that is P22
        thrown = _accept_thrown_away(consumer, connect)
        if thrown is not None:
            yield finding(
                "P23",
                f"{name} calls self.accept() and does not await it.",
                consumer.module.place(thrown),
                change=edits.inserted(consumer.module, thrown, "await "),
                found_by="source",
            )
        elif not _decides(consumer, connect, set()):
            accept = "await self.accept()" if consumer.is_async else "self.accept()"
            last = consumer.module.line(connect.body[-1].end_lineno)
            indent = consumer.module.line(connect.body[0].lineno)
            indent = indent[: len(indent) - len(indent.lstrip())]
            simple = connect.body[0].lineno != connect.lineno
            yield finding(
                "P23",
                f"{name} neither accepts the socket nor closes it.",
                place,
                change=Change((), (f"{indent}{accept}",), last) if simple else None,
                found_by="source",
            )


def _accept_thrown_away(consumer: Consumer, connect: Function) -> ast.Call | None:
    if not consumer.is_async or "accept" in consumer.methods:
        return None
    for node in own_nodes(connect):
        if isinstance(node, ast.Expr) and dotted(node.value) == "self.accept()":
            return node.value
    return None


def _decides(consumer: Consumer, method: Function, seen: set[str]) -> bool:
    """Return whether `method` might accept or refuse; True wherever that cannot be told."""
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
            if any(isinstance(one, ast.Name) and one.id == "self" for one in node.args):
                return True  # handed to somebody else
            name = dotted(node.func)
            if name.startswith("self.") and name.count(".") == 1:
                target = consumer.methods.get(name.removeprefix("self."))
                if target is None and not consumer.whole:
                    return True
                if target and target[1].name not in seen and _decides(consumer, target[1], seen):
                    return True
    return False


def wrong_arguments(consumers: list[Consumer], handlers: set[str]) -> Iterator[Finding]:
    """P32: a method that cannot be called as Channels calls it."""
    for consumer in consumers:
        for method in consumer.own:
            if method.decorator_list:
                continue
            if method.name == "receive" and consumer.websocket:
                yield from _receive(consumer, method)
            elif method.name in SIGNATURES and consumer.websocket:
                count = SIGNATURES[method.name]
                yield from _positional(consumer, method, count, ARGUMENTS[method.name])
            elif method.name in handlers:
                yield from _positional(consumer, method, 1, "(self, event)")


def _receive(consumer: Consumer, method: Function) -> Iterator[Finding]:
    wanted = ("text_data", "bytes_data")
    names = {one.arg for one in method.args.args + method.args.kwonlyargs}
    missing = [] if method.args.kwarg else [name for name in wanted if name not in names]
    required = _required(method)
    strange = [name for name in required if name not in wanted]
    place, name = consumer.module.place(method), f"{consumer.name}.receive"
    change = _signature(consumer, method, "(self, text_data=None, bytes_data=None)")
    both = {"ChatConsumer": consumer.name}
    if "text_data" in missing or strange:
        yield finding(
            "P32",
            f"{name} has no argument text_data." if "text_data" in missing
            else f"{name} wants an argument {strange[0]}, which nobody gives.",
            place, case="text", fill=both, change=change, found_by="source",
        )  # fmt: skip
    elif {"text_data", "bytes_data"} <= set(required):
        wrong = "got an unexpected keyword argument 'text_data'"
        right = "missing 1 required positional argument: 'bytes_data'"
        yield finding(
            "P32",
            f"{name} wants both arguments, and gets one of them.",
            place, case="text", fill={**both, wrong: right}, change=change, found_by="source",
        )  # fmt: skip
    elif "bytes_data" in missing or "text_data" in required:
        text = "got an unexpected keyword argument 'bytes_data'"
        if "bytes_data" not in missing:
            both[text] = "missing 1 required positional argument: 'text_data'"
        yield finding(
            "P32",
            f"{name} cannot take a binary frame: bytes_data is missing."
            if "bytes_data" in missing
            else f"{name} cannot take a binary frame, which comes without text_data.",
            place, case="bytes", fill=both, severity="warning",
            condition="when a client sends a binary frame, which any client can",
            change=change, found_by="source",
        )  # fmt: skip


def _positional(consumer: Consumer, method: Function, count: int, right: str) -> Iterator[Finding]:
    """Yield a finding where `method` cannot be called with `count` arguments after self."""
    arguments = method.args
    most = len(arguments.posonlyargs + arguments.args) - 1
    least = most - len(arguments.defaults)
    needs_names = any(default is None for default in arguments.kw_defaults)
    if least <= count and (most >= count or arguments.vararg) and not needs_names and most >= 0:
        return
    name = f"{consumer.name}.{method.name}"
    case = "disconnect" if method.name == "disconnect" else "handler"
    fill = {"ChatConsumer.disconnect": name, "ChatConsumer.chat_message": name}
    if least > count:
        one = [arg.arg for arg in arguments.posonlyargs + arguments.args][count + 1]
        fill["takes 1 positional argument but 2 were given"] = (
            f"missing {least - count} required positional argument: '{one}'"
        )
    yield finding(
        "P32",
        f"{name} must take {right}.",
        consumer.module.place(method),
        case=case,
        fill=fill,
        change=_signature(consumer, method, right),
        found_by="source",
    )


def _required(method: Function) -> list[str]:
    """Return the arguments after self that a caller has to give."""
    arguments = method.args.posonlyargs + method.args.args
    plain = arguments[1 : len(arguments) - len(method.args.defaults)]
    named = zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True)
    return [one.arg for one in plain] + [one.arg for one, default in named if default is None]


def _signature(consumer: Consumer, method: Function, right: str) -> Change | None:
    line = consumer.module.line(method.lineno)
    head, found, rest = line.partition(f"def {method.name}(")
    if not found or ")" not in rest:
        return None
    return Change((line,), (f"{head}def {method.name}{right}{rest[rest.index(')') + 1 :]}",))


