"""The arguments of the methods that Channels calls."""

from collections.abc import Iterator

from workshop.doctor.finding import Change, Finding, finding
from workshop.doctor.source.consumers import Consumer, Function

SIGNATURES = {"connect": 0, "disconnect": 1, "receive_json": 1}
ARGUMENTS = {"connect": "(self)", "disconnect": "(self, code)", "receive_json": "(self, content)"}


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
            elif method.name in consumer.handlers(handlers):
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
