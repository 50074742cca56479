"""Whether the parts fit together: a route and its consumer, a group's senders and its members."""

import ast
import re
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.rules.context import Context
from channels_doctor.source.consumers import Consumer
from channels_doctor.source.names import ANY, Texts, class_values
from channels_doctor.source.tree import dotted, own_nodes

PART_OF = re.compile(r"\['url_route'\]\['kwargs'\]$")
GUARDS = (ast.Try, ast.If, ast.IfExp, ast.With, ast.AsyncWith)


def check(context: Context) -> Iterator[Finding]:
    """P94 and P95."""
    yield from _missing_parts(context)
    yield from _groups_of_nobody(context)


def _missing_parts(context: Context) -> Iterator[Finding]:
    """P94: a consumer reads a part of the URL that none of its routes has."""
    websocket = context.written_application.get("websocket", {})
    if not websocket.get("known"):
        return
    names = [consumer.name for consumer in context.consumers]
    for consumer in context.consumers:
        routes = [route for route in websocket["routes"] if route.get("name") == consumer.name]
        if not routes or names.count(consumer.name) > 1 or any(map(_has_more, routes)):
            continue
        given = {name for route in routes for name in route["kwargs"]}
        for name, module, node in _read_parts(consumer):
            if name not in given:
                has = f"only {', '.join(sorted(given))}" if given else "none"
                yield finding(
                    "P94",
                    f"{consumer.name} reads the part {name} of its URL, and its route has {has}.",
                    module.place(node),
                    values={"name": name},
                    fix="Give both the same name.",
                    found_by="source",
                    about=name,
                )
                return


def _has_more(route: dict) -> bool:
    """Return whether `route` may have other parts than those in its pattern."""
    return bool(route.get("extra")) or route["kind"] != "consumer"


def _read_parts(consumer: Consumer) -> Iterator[tuple]:
    """Yield each part of the URL that `consumer` always reads: its name, and where."""
    for name, (module, method) in consumer.methods.items():
        if name not in ("connect", "websocket_connect"):
            continue
        guarded = {
            id(below)
            for node in own_nodes(method)
            if isinstance(node, GUARDS)
            for below in ast.walk(node)
        }
        for node in own_nodes(method):
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
                if id(node) not in guarded and PART_OF.search(ast.unparse(node.value)):
                    yield str(node.slice.value), module, node


def _groups_of_nobody(context: Context) -> Iterator[Finding]:
    """P95: a message is sent to a group that no consumer of the project joins."""
    joined = _joined(context)
    if not joined or any(not text.strip(ANY) for text in joined):
        return
    owners = {
        id(method): consumer
        for consumer in context.consumers
        for _, method in consumer.methods.values()
    }
    told: set[str] = set()
    for call in context.calls:
        if call.method != "group_send":
            continue
        owner = owners.get(id(call.function))
        text = Texts(call.module, call.function, owner).of(call.argument(0, "group"))
        if not text.strip(ANY) or text in told or any(_may_be(text, other) for other in joined):
            continue
        told.add(text)
        yield finding(
            "P95",
            f"A message goes to the group {text}, and the consumers only join "
            f"{', '.join(sorted(joined)[:3])}.",
            call.module.place(call.node),
            fix="Give the group the same name in both places.",
            found_by="source",
            about="group_send",
        )


def _joined(context: Context) -> set[str]:
    """Return the texts of the groups that are joined; empty if there may be others."""
    if not context.consumers or not all(consumer.whole for consumer in context.consumers):
        return set()
    if _has_other_consumers(context):
        return set()
    found = set()
    for consumer in context.consumers:
        methods = {id(method) for _, method in consumer.methods.values()}
        mine = [call for call in context.calls if id(call.function) in methods]
        found |= {
            Texts(call.module, call.function, consumer).of(call.argument(0, "group"))
            for call in mine
            if call.method == "group_add"
        }
        if "groups" in class_values(consumer) or "group_add" in _mentioned(consumer, mine):
            return set()
    adds = [call for call in context.calls if call.method == "group_add"]
    own = {id(method) for part in context.consumers for _, method in part.methods.values()}
    return found if all(id(call.function) in own for call in adds) else set()


def _has_other_consumers(context: Context) -> bool:
    """Return whether a class of the project may be a consumer, by its base's name alone."""
    known = {id(consumer.node) for consumer in context.consumers}
    nodes = (node for module in context.tree for node in module.nodes)
    others = (node for node in nodes if isinstance(node, ast.ClassDef) and id(node) not in known)
    return any("Consumer" in dotted(base) for node in others for base in node.bases)


def _mentioned(consumer: Consumer, calls: list) -> set[str]:
    """Return the layer's methods that `consumer` names outside the `calls` that are known."""
    named = [
        node.attr
        for _, method in consumer.methods.values()
        for node in own_nodes(method)
        if isinstance(node, ast.Attribute) and node.attr == "group_add"
    ]
    known = [call for call in calls if call.method == "group_add"]
    return set(named) if len(named) > len(known) else set()


def _may_be(text: str, other: str) -> bool:
    """Return whether the two texts, with * for any letters, may be the same name."""
    if not text or not other:
        return not (text or other).strip(ANY)
    if other[0] == ANY and text[0] != ANY:
        return _may_be(other, text)
    if text[0] == ANY:
        return _may_be(text[1:], other) or _may_be(text, other[1:])
    return text[0] == other[0] and _may_be(text[1:], other[1:])
