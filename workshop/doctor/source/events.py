"""The events that are sent to groups and channels: does their type name a method?"""

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from workshop.doctor.finding import Finding, finding
from workshop.doctor.source import edits
from workshop.doctor.source.calls import LayerCall
from workshop.doctor.source.consumers import Consumer
from workshop.doctor.source.tree import Tree, own_nodes

OF_CHANNELS = {"websocket_connect", "websocket_receive", "websocket_disconnect", "websocket_send"}
OF_CHANNELS |= {"websocket_close", "websocket_accept", "http_request", "http_disconnect"}


@dataclass(frozen=True)
class Event:
    """An event that stands in the source: its `type` (None if it is not written out)."""

    call: LayerCall
    node: ast.AST
    type: str | None
    whole: bool

    @property
    def handler(self) -> str:
        return (self.type or "").replace(".", "_")


def sent(calls: list[LayerCall]) -> list[Event]:
    """Return the events of `calls`, as far as they are written out."""
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
        values, changed = [], False
        for one in own_nodes(call.function):
            if isinstance(one, ast.Assign):
                for target in one.targets:
                    if isinstance(target, ast.Name) and target.id == node.id:
                        values.append(one.value)
                    elif isinstance(target, ast.Subscript) and _is(target.value, node.id):
                        changed = True
            elif isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
                changed = changed or _is(one.func.value, node.id)
        if len(values) != 1:
            return None
        event = _event(call, values[0]) if not isinstance(values[0], ast.Name) else None
        return event and Event(call, event.node, event.type, event.whole and not changed)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        pairs = [(one.arg, one.value) for one in node.keywords]
        whole = not node.args
    elif isinstance(node, ast.Dict):
        pairs = [
            (getattr(key, "value", None), value)
            for key, value in zip(node.keys, node.values, strict=True)
        ]
        whole = all(isinstance(key, ast.Constant) for key in node.keys)
    else:
        return None
    whole = whole and None not in [key for key, _ in pairs]
    for key, value in pairs:
        if key == "type":
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return Event(call, value, value.value, True)
            return None
    return Event(call, node, None, whole)


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def handlers(events: list[Event]) -> set[str]:
    """Return the names of the methods that the events call."""
    return {event.handler for event in events if event.type}


def without_handler(
    tree: Tree, events: list[Event], consumers: list[Consumer], calls: list[LayerCall]
) -> Iterator[Finding]:
    """P24: an event that no class of the project can take."""
    known = {name for one in consumers for name in one.methods}
    dynamic = {"__getattr__", "__getattribute__", "dispatch"}
    certain = bool(consumers) and all(one.whole for one in consumers) and not known & dynamic
    anywhere = known | OF_CHANNELS | tree.method_names()
    certain = certain and not any(call.method == "receive" for call in calls)
    for event in events:
        module, place = event.call.module, event.call.module.place(event.node)
        if event.type is None:
            if event.whole and certain:
                yield finding(
                    "P24", "This event has no \"type\".", place, case="missing",
                    mend="Add a `type` that names the receiver's method, such as `chat.message`.",
                    found_by="source",
                )  # fmt: skip
        elif event.type.startswith(("_", ".")):
            if certain:
                yield finding(
                    "P24", f"The type {event.type!r} begins with an underscore or a dot.", place,
                    case="underscore", found_by="source",
                )  # fmt: skip
        elif certain and event.handler not in anywhere:
            near = difflib.get_close_matches(event.handler.replace("-", "_"), known, n=1)
            guess = f" Did you mean {near[0]}?" if near else ""
            yield finding(
                "P24",
                f"No consumer has a method {event.handler} for the type {event.type!r}.{guess}",
                place,
                fill={"chat_mesage": event.type},
                change=_corrected(module, event, near),
                found_by="source",
            )


def _corrected(module, event: Event, near: list[str]):
    if not near:
        return None
    right = near[0].replace("_", ".", 1) if "." in event.type else near[0]
    return edits.replaced(module, event.node.lineno, event.type, right)
