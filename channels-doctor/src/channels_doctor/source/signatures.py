"""The arguments of the methods that Channels calls."""

import ast
import re
from collections.abc import Iterator

from channels_doctor.finding import Change, Finding, finding
from channels_doctor.source.consumers import Consumer, Function

SIGNATURES = {"connect": 0, "disconnect": 1, "receive_json": 1}
BINARY = "when a client sends a binary frame, which any client can do"
FRAME = ("text_data", "bytes_data")
ARGUMENTS = {"connect": "(self)", "disconnect": "(self, code)", "receive_json": "(self, content)"}


def wrong_arguments(consumers: list[Consumer], handlers: set[str]) -> Iterator[Finding]:
    """P32: a method that can't be called the way Channels calls it."""
    for consumer in consumers:
        for method in consumer.own:
            if method.decorator_list:
                continue
            if method.name == "receive" and consumer.websocket:
                yield from _receive(consumer, method)
            elif method.name in SIGNATURES and consumer.websocket:
                count = SIGNATURES[method.name]
                yield from _positional(consumer, method, count, ARGUMENTS[method.name])
            elif method.name in consumer.handlers(handlers):
                yield from _positional(consumer, method, 1, "(self, event)")
        yield from _called_wrongly(consumer)


def _called_wrongly(consumer: Consumer) -> Iterator[Finding]:
    """P32: the consumer calls its own disconnect() without the close code."""
    method = consumer.methods.get("disconnect", (None, None))[1]
    if method is None or not _required(method) or method.decorator_list:
        return
    for caller in consumer.own:
        for node in ast.walk(caller):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "self.disconnect":
                continue
            if not node.args and not node.keywords:
                missing = _required(method)[0]
                yield finding(
                    "P32",
                    f"{consumer.name}.{caller.name} calls disconnect() without {missing}; to end "
                    "the socket, it has to call close().",
                    consumer.module.place(node),
                    case="own",
                    values={"method": f"{consumer.name}.disconnect", "missing": missing},
                    fix="Call `close()`, and return. Channels then calls `disconnect()` itself.",
                    found_by="source",
                    about="disconnect",
                )
                return


def _receive(consumer: Consumer, method: Function) -> Iterator[Finding]:
    name = f"{consumer.name}.receive"
    text = _text_frame(name, method)
    fault = text or _binary_frame(name, method)
    if fault is None:
        return
    what, complaint = fault
    yield finding(
        "P32",
        what,
        consumer.module.place(method),
        case="text" if text else "bytes",
        values={"method": name, "complaint": complaint},
        severity="" if text else "note",
        condition="" if text else BINARY,
        change=_signature(consumer, method, "(self, text_data=None, bytes_data=None)"),
        found_by="source",
    )


def _text_frame(name: str, method: Function) -> tuple[str, str] | None:
    """Return why `receive` can't take a text frame, and Python's error, or None if it can."""
    required = _required(method)
    strange = [parameter for parameter in required if parameter not in FRAME]
    complaint = "got an unexpected keyword argument 'text_data'"
    if "text_data" in _missing(method):
        return f"{name} has no argument text_data.", complaint
    if strange:
        return f"{name} has a parameter {strange[0]}, which Channels doesn't pass.", complaint
    if set(FRAME) <= set(required):
        what = f"{name} requires both arguments, but gets only one of them."
        return what, "missing 1 required positional argument: 'bytes_data'"
    return None


def _binary_frame(name: str, method: Function) -> tuple[str, str] | None:
    """Return why `receive` can't take a binary frame, and Python's error, or None if it can."""
    if "bytes_data" in _missing(method):
        what = f"{name} can't take a binary frame: bytes_data is missing."
        return what, "got an unexpected keyword argument 'bytes_data'"
    if "text_data" in _required(method):
        what = f"{name} can't take a binary frame, because that comes without text_data."
        return what, "missing 1 required positional argument: 'text_data'"
    return None


def _missing(method: Function) -> list[str]:
    """Return the arguments that Channels passes for a frame but `method` doesn't accept."""
    names = {argument.arg for argument in method.args.args + method.args.kwonlyargs}
    return [] if method.args.kwarg else [name for name in FRAME if name not in names]


def _positional(consumer: Consumer, method: Function, count: int, right: str) -> Iterator[Finding]:
    """Yield a finding if `method` can't be called with `count` arguments after self."""
    arguments = method.args
    most = len(arguments.posonlyargs + arguments.args) - 1
    least = most - len(arguments.defaults)
    needs_names = any(default is None for default in arguments.kw_defaults)
    if least <= count and (most >= count or arguments.vararg) and not needs_names and most >= 0:
        return
    name = f"{consumer.name}.{method.name}"
    case = "disconnect" if method.name == "disconnect" else "handler"
    complaint = "takes 1 positional argument but 2 were given"
    if least > count:
        missing = [arg.arg for arg in arguments.posonlyargs + arguments.args][count + 1]
        complaint = f"missing {least - count} required positional argument: '{missing}'"
    yield finding(
        "P32",
        f"{name} must take {right}.",
        consumer.module.place(method),
        case=case,
        values={"method": name, "complaint": complaint},
        change=_signature(consumer, method, right),
        found_by="source",
        about=method.name,
    )


def _required(method: Function) -> list[str]:
    """Return the arguments after self that a caller has to give."""
    arguments = method.args.posonlyargs + method.args.args
    plain = arguments[1 : len(arguments) - len(method.args.defaults)]
    named = zip(method.args.kwonlyargs, method.args.kw_defaults, strict=True)
    return [argument.arg for argument in plain] + [
        part.arg for part, default in named if default is None
    ]


def _signature(consumer: Consumer, method: Function, right: str) -> Change | None:
    """Return the change of the parameters to `right`, keeping those that the body reads.

    Returns None if that can't be determined because the body reads an argument that nobody passes.
    """
    line = consumer.module.home(method).line(method.lineno)
    head, found, rest = line.partition(f"def {method.name}(")
    if not found or ")" not in rest:
        return None
    signature = f"{head}def {method.name}{right}{rest[rest.index(')') + 1 :]}"
    lost = _lost(method, right)
    if not lost:
        return Change((line,), (signature,))
    wanted = re.findall(r"\w+", right.replace("=None", ""))[1:2]
    given = {argument.arg for argument in method.args.posonlyargs + method.args.args}
    if len(lost) > 1 or not wanted or wanted[0] in given or method.body[0].lineno == method.lineno:
        return None
    return _renamed(consumer, method, signature, lost.pop(), *wanted)


def _lost(method: Function, right: str) -> set[str]:
    """Return the arguments that the body reads but would no longer get."""
    given = method.args.posonlyargs + method.args.args + method.args.kwonlyargs
    names = {argument.arg for argument in given} - set(re.findall(r"\w+", right))
    if method.name == "receive" and "text_data" not in {part.arg for part in given}:
        names |= {entry.arg for entry in given} & {"bytes_data"}
    read = {node.id for node in ast.walk(method) if isinstance(node, ast.Name)}
    return names & read


def _renamed(
    consumer: Consumer, method: Function, signature: str, old: str, new: str
) -> Change | None:
    """Return the change of the first line to `signature`, and of `old` to `new` in the body."""
    module = consumer.module.home(method)
    lines = {method.lineno: signature}
    nodes = [node for node in ast.walk(method) if isinstance(node, ast.Name) and node.id == old]
    for node in sorted(nodes, key=lambda part: part.col_offset, reverse=True):
        line = lines.get(node.lineno, module.line(node.lineno)).encode()
        if line[node.col_offset : node.end_col_offset].decode(errors="replace") != old:
            return None
        ends = line[: node.col_offset].decode(), line[node.end_col_offset :].decode()
        lines[node.lineno] = new.join(ends)
    numbers = range(method.lineno, max(lines) + 1)
    return Change(
        tuple(map(module.line, numbers)),
        tuple(lines.get(number, module.line(number)) for number in numbers),
    )
