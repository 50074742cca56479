"""Events sent to groups and channels: does their type name a method?"""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from channels_doctor.finding import Finding, finding
from channels_doctor.source import edits
from channels_doctor.source.calls import LayerCall
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.names import ANY, Texts
from channels_doctor.source.tree import Tree, dotted, method_names, own_nodes

OF_CHANNELS = {"websocket_connect", "websocket_receive", "websocket_disconnect", "websocket_send"}
OF_CHANNELS |= {"websocket_close", "websocket_accept", "http_request", "http_disconnect"}
NO_HANDLERS = OF_CHANNELS | {"connect", "disconnect", "receive", "receive_json", "dispatch"}
NO_HANDLERS |= {"accept", "close", "send", "send_json", "encode_json", "decode_json", "__init__"}


@dataclass(frozen=True)
class Event:
    """An event in the source, with its `type` (None if it isn't a literal)."""

    call: LayerCall
    node: ast.AST
    type: str | None
    whole: bool
    keys: frozenset[str] = frozenset()

    @property
    def handler(self) -> str:
        return (self.type or "").replace(".", "_")


def sent(calls: list[LayerCall]) -> list[Event]:
    """Return the events of `calls` that are written as literals."""
    found = []
    for call in calls:
        if call.method in ("group_send", "send"):
            argument = call.argument(1, "message")
            event = _event(call, argument) if argument is not None else None
            if event:
                found.append(event)
    return found


def _event(call: LayerCall, node: ast.AST) -> Event | None:
    if isinstance(node, ast.Name) and call.function is not None:
        return _assigned_event(call, node.id)
    pairs = _pairs(node)
    if pairs is None:
        return None
    whole = None not in [key for key, _ in pairs]
    keys = frozenset(key for key, _ in pairs if isinstance(key, str))
    for key, value in pairs:
        if key == "type":
            text = Texts(call.module, call.function).of(value)
            return None if ANY in text else Event(call, value, text, True, keys)
    return Event(call, node, None, whole)


def _assigned_event(call: LayerCall, name: str) -> Event | None:
    """Return the event that the function around `call` assigns to `name`, once."""
    values, changed = [], False
    for part in own_nodes(call.function):
        if isinstance(part, ast.Assign):
            for target in part.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    values.append(part.value)
                elif isinstance(target, ast.Subscript) and _is(target.value, name):
                    changed = True
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            changed = changed or _is(part.func.value, name)
    if len(values) != 1 or isinstance(values[0], ast.Name):
        return None
    event = _event(call, values[0])
    return event and replace(event, whole=event.whole and not changed)


def _pairs(node: ast.AST) -> list[tuple[object, ast.AST]] | None:
    """Return the keys and values of the dict that `node` creates, or None if it isn't one.

    A key is None if it isn't a literal, such as the keys of another dict.
    """
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        others = [(None, argument) for argument in node.args]
        return others + [(keyword.arg, keyword.value) for keyword in node.keywords]
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        return list(zip(keys, node.values, strict=True))
    return None


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def handlers(events: list[Event]) -> set[str]:
    """Return the names of the methods that the events call."""
    return {event.handler for event in events if event.type}


def without_handler(
    tree: Tree, events: list[Event], consumers: list[Consumer], calls: list[LayerCall]
) -> Iterator[Finding]:
    """P24: an event that no class of the project can handle."""
    known = {name for consumer in consumers for name in consumer.methods}
    dynamic = {"__getattr__", "__getattribute__", "dispatch"}
    certain = bool(consumers) and all(part.whole for part in consumers) and not known & dynamic
    if not certain or any(call.method == "receive" for call in calls):
        return
    anywhere = known | NO_HANDLERS | methods_of_similar_classes(tree)
    for event in events:
        place = event.call.module.place(event.node)
        if event.type is None:
            if event.whole:
                yield finding(
                    "P24", "This event has no \"type\".", place, case="missing",
                    fix="Add a `type` that names the receiver's method, such as `chat.message`.",
                    found_by="source",
                )  # fmt: skip
        elif event.type.startswith(("_", ".")):
            yield finding(
                "P24", f"The type {event.type!r} begins with an underscore or a dot.", place,
                case="underscore", found_by="source",
            )  # fmt: skip
        elif event.handler not in anywhere:
            yield _no_method(event, consumers)


def methods_of_similar_classes(tree: Tree) -> set[str]:
    """Return the methods of the classes that may be consumers, or parts of one."""
    found = set()
    for module in tree:
        is_near = any("channels" in path for path in module.imports.values())
        for node in module.nodes:
            if not isinstance(node, ast.ClassDef):
                continue
            names = " ".join([node.name, *map(dotted, node.bases)])
            if is_near or "Consumer" in names or "Mixin" in names:
                found |= method_names(node)
    return found


def _no_method(event: Event, consumers: list[Consumer]) -> Finding:
    fitting = _fitting(event, consumers)
    near = difflib.get_close_matches(event.handler.replace("-", "_"), fitting, n=1)
    guess = f" Did you mean {near[0]}?" if near else ""
    module = event.call.module
    return finding(
        "P24",
        f"No consumer has a method {event.handler} for the type {event.type!r}.{guess}",
        module.place(event.node),
        values={"type": event.type},
        fix="" if near else _new_method(event),
        change=_corrected(module, event, near),
        found_by="source",
    )


def _fitting(event: Event, consumers: list[Consumer]) -> set[str]:
    """Return the handlers for which `event` has all the keys."""
    found = set()
    for consumer in consumers:
        for name in consumer.handlers(set(consumer.methods)) - NO_HANDLERS:
            needed = _needed(consumer.methods[name][1])
            if needed is not None and needed <= event.keys:
                found.add(name)
    return found


def _needed(method: Function) -> set[str] | None:
    """Return the keys that the handler `method` reads from its event, or None if it isn't one."""
    names = [argument.arg for argument in method.args.posonlyargs + method.args.args]
    if len(names) != 2 or method.args.kwonlyargs or method.decorator_list:
        return None
    return {
        node.slice.value
        for node in ast.walk(method)
        if isinstance(node, ast.Subscript)
        and isinstance(node.ctx, ast.Load)
        and _is(node.value, names[1])
        and isinstance(node.slice, ast.Constant)
    }


def _new_method(event: Event) -> str:
    if not event.handler.isidentifier():
        return ""
    return (
        f"Write the method `{event.handler}(self, event)` in the consumers of the group, or let "
        "`type` name one that reads the keys of this event."
    )


def _corrected(module, event: Event, near: list[str]):
    if not near:
        return None
    right = near[0].replace("_", ".", 1) if "." in event.type else near[0]
    return edits.replaced(module, event.node.lineno, event.type, right)
