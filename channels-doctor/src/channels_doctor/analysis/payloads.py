"""Events: do the members have the method, and can the layer serialize the values?"""

import ast
import re
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.source.calls import LayerCall
from channels_doctor.source.consumers import Consumer
from channels_doctor.source.events import Event, methods_of_similar_classes
from channels_doctor.source.names import ANY, Texts, absolute, assignments, class_values
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

KINDS = {
    "datetime.datetime.now": "datetime.datetime",
    "datetime.datetime.utcnow": "datetime.datetime",
    "datetime.datetime.today": "datetime.datetime",
    "datetime.datetime.fromtimestamp": "datetime.datetime",
    "datetime.date.today": "datetime.date",
    "django.utils.timezone.now": "datetime.datetime",
    "django.utils.timezone.localtime": "datetime.datetime",
    "uuid.uuid4": "UUID",
    "uuid.uuid1": "UUID",
    "decimal.Decimal": "decimal.Decimal",
}
FIELDS = {
    "DateTimeField": "datetime.datetime",
    "DateField": "datetime.date",
    "DecimalField": "decimal.Decimal",
    "UUIDField": "UUID",
}
PART = re.compile(r"kwargs'\](?:\[|\.get\()'(\w+)'")
ON_REDIS = ("core", "pubsub")
NO_ROWS = set(KINDS.values())
ROWS = {"get", "first", "last", "create", "aget", "afirst", "alast", "acreate"}
USERS = ("self.scope['user']", "request.user", "self.request.user", "self.scope.get('user')")
SIGNALS = ("post_save", "pre_save", "post_delete", "pre_delete")


def check(
    tree: Tree, events: list[Event], consumers: list[Consumer], calls: list[LayerCall], kind: str
) -> Iterator[Finding]:
    """P24 for each group, and P26; `kind` is the default layer's."""
    owners = {id(node): consumer for consumer in consumers for _, node in consumer.methods.values()}
    yield from _members(tree, events, consumers, calls, owners)
    fields = _fields(tree)
    for call in calls:
        if call.method in ("group_send", "send"):
            yield from _unfit(call, owners.get(id(call.function)), kind, fields)


def _members(tree, events, consumers, calls, owners) -> Iterator[Finding]:
    """P24: a class joins the group, but has no method for the event."""
    members = _joined(consumers, calls)
    apart = "if both groups have the same name"
    anywhere = methods_of_similar_classes(tree)
    for event in events:
        if event.call.method != "group_send" or not event.type or event.handler not in anywhere:
            continue
        group = event.call.argument(0, "group")
        owner = owners.get(id(event.call.function))
        text = Texts(event.call.module, event.call.function, owner).of(group)
        if not text.strip(ANY):
            continue
        for consumer in members.get(text, []):
            if event.handler not in consumer.methods and consumer.whole:
                is_rare = ANY in text and owner is not None and _are_apart(owner, consumer)
                yield finding(
                    "P24",
                    f"{consumer.name} is in the group {text} too, but has no method "
                    f"{event.handler} for the type {event.type!r}.",
                    event.call.module.place(event.node),
                    severity="note" if is_rare else "",
                    condition=apart if is_rare else "",
                    values={"type": event.type},
                    fix=f"Write the method `{event.handler}(self, event)` in {consumer.name}, or "
                    "put its sockets into a separate group.",
                    found_by="source",
                    about=consumer.name,
                )


def _are_apart(sender: Consumer, member: Consumer) -> bool:
    """Return whether the two name their groups by different parts of their URLs."""
    names = [set(PART.findall(ast.unparse(consumer.node))) for consumer in (sender, member)]
    return bool(names[0] and names[1]) and not names[0] & names[1]


def _joined(consumers: list[Consumer], calls: list[LayerCall]) -> dict[str, list[Consumer]]:
    """Return the consumers that join each group, by the text of the group's name."""
    found: dict[str, list[Consumer]] = {}
    for consumer in consumers:
        methods = {id(method) for _, method in consumer.methods.values()}
        if "__getattr__" in consumer.methods or "dispatch" in consumer.methods:
            continue
        texts = {
            Texts(call.module, call.function, consumer).of(call.argument(0, "group"))
            for call in calls
            if call.method == "group_add" and id(call.function) in methods
        }
        groups = class_values(consumer).get("groups")
        texts |= {
            part.value for part in getattr(groups, "elts", []) if isinstance(part, ast.Constant)
        }
        for text in texts:
            if isinstance(text, str) and text.strip(ANY):
                found.setdefault(text, []).append(consumer)
    return found


def _fields(tree: Tree) -> dict[str, str]:
    """Return the kinds of the models' fields that aren't plain values, by name.

    A name that also belongs to something else isn't among them.
    """
    found: dict[str, set[str]] = {}
    for node in (node for module in tree for node in module.nodes):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        call = node.value if isinstance(node.value, ast.Call) else None
        head, _, kind = dotted(call.func).rpartition(".") if call else ("", "", "")
        kind = FIELDS.get(kind, "") if head == "models" else ""
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            if isinstance(target, ast.Name) and head not in ("serializers", "forms"):
                found.setdefault(target.id, set()).add(kind)
    return {
        name: kinds.pop() for name, kinds in found.items() if len(kinds) == 1 and "" not in kinds
    }


def _kind_of_field(node: ast.AST, fields: dict[str, str]) -> str:
    """Return what a row's field `node` holds if that can't be serialized, or ""."""
    is_of_row = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    return fields.get(node.attr, "") if is_of_row and node.value.id != "self" else ""


def _unfit(
    call: LayerCall, owner: Consumer | None, kind: str, fields: dict[str, str]
) -> Iterator[Finding]:
    """P26: a value that no serializer supports."""
    for value in _values(call, call.argument(1, "message")):
        kind_of = _kind_of(call.module, call.function, owner, value)
        kind_of = kind_of or _kind_of_field(value, fields)
        if not kind_of:
            continue
        what = "a row" if kind_of not in NO_ROWS else f"a {kind_of.rpartition('.')[2]}"
        yield finding(
            "P26",
            f"The event contains {what}, {ast.unparse(value)}, which Redis layers can't serialize.",
            call.module.place(value),
            severity="error" if kind in ON_REDIS else "warning",
            condition="" if kind in ON_REDIS else "with a layer on Redis",
            values={"kind": kind_of},
            fix="Send values that JSON supports: a primary key, a string, `.isoformat()`.",
            found_by="source",
        )
        return


def _values(call: LayerCall, node: ast.AST | None) -> Iterator[ast.AST]:
    if isinstance(node, ast.Name) and call.function is not None:
        found = assignments(call.function, node.id)
        node = found[0] if len(found) == 1 else None
    if isinstance(node, ast.Dict):
        for value in node.values:
            if isinstance(value, (ast.Dict, ast.List, ast.Tuple)):
                yield from _values(call, value)
            else:
                yield value
    elif isinstance(node, (ast.List, ast.Tuple)):
        yield from node.elts


def _kind_of(module: Module, function, owner: Consumer | None, node: ast.AST) -> str:
    """Return the name of `node`'s class if it can't be serialized, or ""."""
    if isinstance(node, ast.Await):
        node = node.value
    if isinstance(node, ast.Call):
        path = absolute(module, dotted(node.func))
        if path in KINDS:
            return KINDS[path]
        owner_text = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        if ".objects" in owner_text and node.func.attr in ROWS:
            model = owner_text.partition(".objects")[0].rpartition(".")[2]
            return "User" if "get_user_model" in model else model
        return ""
    if ast.unparse(node) in USERS:
        return "UserLazyObject" if "scope" in ast.unparse(node) else "SimpleLazyObject"
    if _is_instance(function, node):
        return "Model"
    values = _bound_to(function, owner, dotted(node))
    return _kind_of(module, function, owner, values[0]) if len(values) == 1 else ""


def _bound_to(function, owner: Consumer | None, name: str) -> list[ast.AST]:
    if name.startswith("self.") and owner:
        return [value for _, part in owner.methods.values() for value in assignments(part, name)]
    if not name or "." in name or function is None:
        return []
    if any(_rebinds(node, name) for node in own_nodes(function)):
        return []
    return assignments(function, name)


def _rebinds(node: ast.AST, name: str) -> bool:
    return isinstance(node, (ast.For, ast.AsyncFor, ast.With)) and any(
        isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store)
        for part in ast.walk(node)
    )


def _is_instance(function, node: ast.AST) -> bool:
    """Return whether `node` is the row that is passed to a signal's receiver."""
    if not isinstance(node, ast.Name) or node.id != "instance" or function is None:
        return False
    return any(
        signal in ast.unparse(part)
        for signal in SIGNALS
        for part in getattr(function, "decorator_list", [])
    )
