"""Check that groups are joined with the right arguments, and left again."""

import ast
from collections.abc import Iterator

from channels_doctor.analysis.flow import HARMLESS
from channels_doctor.finding import Finding, finding
from channels_doctor.source import edits
from channels_doctor.source.calls import LayerCall
from channels_doctor.source.consumers import Consumer
from channels_doctor.source.names import ANY, Texts, assignments, class_values
from channels_doctor.source.tree import dotted, own_nodes

CHANNEL = "self.channel_name"
ENDS = ("disconnect", "websocket_disconnect")
CHANGES = ("append", "extend", "insert", "add", "update")


def check(consumers: list[Consumer], calls: list[LayerCall]) -> Iterator[Finding]:
    """P57, P58 and P59."""
    yield from _wrong_arguments(consumers, calls)
    for consumer in consumers:
        own = {id(method) for method in consumer.own}
        mine = [call for call in calls if id(call.function) in own]
        yield from _never_left(consumer, mine)
        yield from _shared_list(consumer)


def _never_left(consumer: Consumer, calls: list[LayerCall]) -> Iterator[Finding]:
    """P57: a group that is joined here isn't left anywhere, or not when the socket closes."""
    if not (consumer.websocket or _is_raw(consumer)) or not consumer.whole:
        return
    if _hands_itself_on(consumer):
        return
    left = _left(consumer, set(consumer.methods))
    at_the_end = _left_at_the_end(consumer, left)
    told: set[str] = set()
    for call in (call for call in calls if call.method == "group_add"):
        keys = _keys(consumer, call)
        if not keys or dotted(call.argument(1, "channel")) != CHANNEL or told & keys:
            continue
        if _is_among(keys, left) and _is_among(keys, at_the_end):
            continue
        told |= keys
        yield _still_joined(consumer, call, _is_among(keys, left))


def _still_joined(consumer: Consumer, call: LayerCall, is_left: bool) -> Finding:
    what = "doesn't leave it when the socket closes" if is_left else "never leaves it"
    return finding(
        "P57",
        f"{consumer.name} joins {_shown(call)} and {what}.",
        call.module.place(call.node),
        condition="when a socket closes: the group keeps its channel for up to a day",
        fix=_leave(consumer, call),
        found_by="source",
        about="group_discard",
    )


def _is_among(keys: set[str], left: set[str]) -> bool:
    """Return whether the group with these `keys` is one of those that are `left`, or may be."""
    if left & keys or any(ANY in key for key in left):
        return True
    return bool(left) and all(key.isidentifier() or "." in key for key in keys)


def _left(consumer: Consumer, methods: set[str]) -> set[str]:
    """Return the keys of the groups that these `methods` leave."""
    calls = [call for call in _inherited(consumer, "group_discard") if _leaves(consumer, call)]
    functions = {id(consumer.methods[name][1]) for name in methods}
    mine = [call for call in calls if id(call.function) in functions]
    return {key for call in mine for key in _keys(consumer, call)}


def _leaves(consumer: Consumer, call: LayerCall) -> bool:
    """Return whether `call` leaves a group, and not one of `self.groups`, which nobody sets."""
    name = dotted(call.argument(0, "group") or ast.Constant(0))
    loops = [node for node in ast.walk(call.function) if isinstance(node, (ast.For, ast.AsyncFor))]
    lists = [dotted(loop.iter) for loop in loops if dotted(loop.target) == name]
    if lists != ["self.groups"]:
        return True
    methods = [method for _, method in consumer.methods.values()]
    sets = any(assignments(method, "self.groups") for method in methods)
    changes = any(_changes_groups(node) for method in methods for node in ast.walk(method))
    return sets or changes or "groups" in class_values(consumer)


def _left_at_the_end(consumer: Consumer, left: set[str]) -> set[str]:
    """Return the keys of the groups that the consumer leaves when its socket closes."""
    reached = consumer.reached(set(ENDS))
    text = "".join(ast.unparse(consumer.methods[name][1]) for name in reached)
    return left if "super()" in text else _left(consumer, reached)


def _is_raw(consumer: Consumer) -> bool:
    """Return whether the class handles raw WebSocket events without a WebsocketConsumer."""
    return "websocket_connect" in consumer.methods


def _inherited(consumer: Consumer, method: str) -> list[LayerCall]:
    """Return the calls of the layer's `method` in all of the consumer's methods."""
    found = []
    for module, function in consumer.methods.values():
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            inner = node.func.args[:1] if isinstance(node.func, ast.Call) else []
            names = [node.func, *inner, *node.args[:1]]
            if any(isinstance(name, ast.Attribute) and name.attr == method for name in names):
                shift = (
                    node.args[1:]
                    if dotted(node.args[0] if node.args else None).endswith(method)
                    else node.args
                )
                call = ast.Call(node.func, shift, node.keywords, lineno=node.lineno)
                found.append(LayerCall(module, function, call, method))
    return found


def _keys(consumer: Consumer, call: LayerCall) -> set[str]:
    """Return the source of the group's name in `call`, and the text it evaluates to."""
    group = call.argument(0, "group")
    if group is None:
        return set()
    text = Texts(call.module, call.function, consumer).of(group)
    return {ast.unparse(group), *_kept_as(call, group)} | ({text} if text != ANY else set())


def _kept_as(call: LayerCall, group: ast.AST) -> set[str]:
    """Return the attributes to which the function around `call` assigns the local name `group`."""
    if not isinstance(group, ast.Name) or call.function is None:
        return set()
    found = set()
    for node in own_nodes(call.function):
        if isinstance(node, ast.Assign):
            names = {dotted(target) for target in node.targets}
            if dotted(node.value) == group.id or group.id in names:
                found |= {name for name in names if name.startswith("self.")}
    return found


def _hands_itself_on(consumer: Consumer) -> bool:
    """Return whether other code gets the consumer or its channel name, and may leave the group."""
    for _, function in consumer.methods.values():
        for node in ast.walk(function):
            if not isinstance(node, ast.Call):
                continue
            if dotted(node.func) in {"setattr", *HARMLESS} or _is_in_a_table(consumer, node.func):
                continue
            is_own = isinstance(node.func, ast.Attribute) and node.func.attr.startswith("group_")
            for part in node.args:
                if isinstance(part, ast.Name) and part.id == "self":
                    return True
            if any(keyword.arg is None for keyword in node.keywords) and is_own:
                return True
    return False


def _is_in_a_table(consumer: Consumer, node: ast.AST) -> bool:
    """Return whether `node` is one of the consumer's own methods, taken from a dict of them."""
    if not isinstance(node, ast.Subscript):
        return False
    table = class_values(consumer).get(dotted(node.value).removeprefix("self."))
    names = {dotted(value) for value in getattr(table, "values", ())}
    return bool(names) and names <= set(consumer.methods)


def _shown(call: LayerCall) -> str:
    return f"the group {ast.unparse(call.argument(0, 'group'))}"


def _leave(consumer: Consumer, call: LayerCall) -> str:
    group = ast.unparse(call.argument(0, "group"))
    if consumer.is_async:
        line = f"await self.channel_layer.group_discard({group}, self.channel_name)"
    else:
        line = f"async_to_sync(self.channel_layer.group_discard)({group}, self.channel_name)"
    method = "websocket_disconnect" if _is_raw(consumer) else "disconnect"
    return f"Call `{line}` in `{method}()`."


def _wrong_arguments(consumers: list[Consumer], calls: list[LayerCall]) -> Iterator[Finding]:
    """P58: the argument for the channel isn't a channel's name."""
    owners = {id(node): consumer for consumer in consumers for _, node in consumer.methods.values()}
    for call in calls:
        if call.method not in ("group_add", "group_discard"):
            continue
        complaint = _complaint(call, owners.get(id(call.function)))
        if complaint:
            group, channel = call.argument(0, "group"), call.argument(1, "channel")
            right = ast.unparse(
                channel if dotted(group) == CHANNEL and channel else group or channel
            )
            yield finding(
                "P58",
                f"{call.method}() {complaint}.",
                call.module.place(call.node),
                fix=f"Call `{call.method}({right}, {CHANNEL})`.",
                change=_corrected(call),
                found_by="source",
                about=call.method,
            )


def _complaint(call: LayerCall, consumer: Consumer | None) -> str:
    group, channel = call.argument(0, "group"), call.argument(1, "channel")
    if any(isinstance(part, ast.Starred) for part in call.node.args) or not group:
        return ""
    if any(keyword.arg is None for keyword in call.node.keywords):
        return ""
    if channel is None:
        return "gets no channel"
    if dotted(group) == CHANNEL:
        return "gets the group and the channel in the wrong order"
    if consumer is None or dotted(channel) == CHANNEL:
        return ""
    return "gets a group's name as the channel" if _is_group(call, consumer, channel) else ""


def _is_group(call: LayerCall, consumer: Consumer, channel: ast.AST) -> bool:
    """Return whether `channel` is a string built by the consumer."""
    if isinstance(channel, (ast.JoinedStr, ast.Constant)):
        return True
    name = dotted(channel)
    if not name or "channel" in name.removeprefix("self.").lower():
        return False
    values = [
        value for _, method in consumer.methods.values() for value in assignments(method, name)
    ]
    if not name.startswith("self."):
        values = assignments(call.function, name) if call.function else []
    return bool(values) and all(isinstance(value, (ast.JoinedStr, ast.BinOp)) for value in values)


def _corrected(call: LayerCall):
    if dotted(call.argument(0, "group")) == CHANNEL or call.argument(1, "channel") is None:
        return None
    old = ast.get_source_segment(call.module.text, call.argument(1, "channel"))
    segment = ast.get_source_segment(call.module.text, call.node) or ""
    if not old or "\n" in segment or segment.count(old) != 1:
        return None
    return edits.replaced(call.module, call.node.lineno, segment, segment.replace(old, CHANNEL))


def _shared_list(consumer: Consumer) -> Iterator[Finding]:
    """P59: the class's `self.groups` is modified."""
    groups = class_values(consumer).get("groups")
    if not isinstance(groups, (ast.List, ast.Set)):
        return
    if any(assignments(method, "self.groups") for method in consumer.own):
        return
    for method in consumer.own:
        for node in ast.walk(method):
            if _changes_groups(node):
                yield finding(
                    "P59",
                    f"{consumer.name}.groups is one list for all sockets, and this changes it.",
                    consumer.module.place(node),
                    found_by="source",
                )
                return


def _changes_groups(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return dotted(node.func.value) == "self.groups" and node.func.attr in CHANGES
    return isinstance(node, ast.AugAssign) and dotted(node.target) == "self.groups"
