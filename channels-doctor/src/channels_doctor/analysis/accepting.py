"""Check that every path through connect() accepts or refuses, and sets what disconnect() needs."""

import ast
from collections.abc import Iterator

from channels_doctor.analysis.flow import State, Ways, ways_through
from channels_doctor.finding import Finding, finding
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.names import class_values
from channels_doctor.source.tree import dotted, own_nodes

OF_CHANNELS = {
    "scope", "channel_layer", "channel_name", "groups", "base_send", "channel_receive", "send",
    "channel_layer_alias", "close", "accept", "send_json", "__class__",
}  # fmt: skip
ENTRIES = ("receive", "receive_json")
GUARDS = {"AttributeError", "Exception", "BaseException"}


def check(consumers: list[Consumer]) -> Iterator[Finding]:
    """P23, P31 and P33 for cases in which only some paths through connect() go wrong."""
    for consumer in consumers:
        module, connect = consumer.methods.get("connect", (None, None))
        if not consumer.websocket or connect not in consumer.own or connect.decorator_list:
            continue
        if consumer.is_async != isinstance(connect, ast.AsyncFunctionDef):
            continue  # P22 or P23 covers the whole method
        ways = ways_through(consumer, connect)
        if ways.whole:
            yield from _undecided(consumer, connect, ways)
            yield from _after_close(consumer, ways)
            yield from _before_accept(consumer, ways)
            yield from _not_set(consumer, connect, ways)
            yield from _lost_code(consumer, ways)


def _undecided(consumer: Consumer, connect: Function, ways: Ways) -> Iterator[Finding]:
    undecided = [end for state, end in ways.exits if not state.decided]
    if not undecided or all(not state.decided for state, _ in ways.exits):
        return  # P23 covers the whole method
    end = min(undecided, key=lambda node: (node is connect, node.lineno))
    where = "at its end" if end is connect else f"with the return in line {end.lineno}"
    yield finding(
        "P23",
        f"One path through {consumer.name}.connect ends {where} without accepting or closing.",
        consumer.module.place(end),
        severity="warning",
        case="branch",
        condition="whenever connect() takes this path",
        fix=f"Call `{_called(consumer, 'close')}` on this path too.",
        found_by="source",
        about="connect",
    )


def _after_close(consumer: Consumer, ways: Ways) -> Iterator[Finding]:
    for call in ways.late[:1]:
        yield finding(
            "P23",
            f"{consumer.name}.connect continues after close(): it calls {dotted(call.func)}() too.",
            consumer.module.place(call),
            severity="warning",
            case="closed",
            condition="whenever connect() refuses a socket",
            fix="Put `return` after the `close()`.",
            found_by="source",
            about="close",
        )


def _before_accept(consumer: Consumer, ways: Ways) -> Iterator[Finding]:
    for call in ways.early[:1]:
        yield finding(
            "P33",
            f"{consumer.name} sends before it has accepted the socket.",
            consumer.module.place(call),
            fix=f"Call `{_called(consumer, 'accept')}` first.",
            found_by="source",
        )


def _lost_code(consumer: Consumer, ways: Ways) -> Iterator[Finding]:
    """P34: a close code that no browser receives, because the socket was never accepted."""
    for call in ways.lost[:1]:
        code = call.args[0] if call.args else call.keywords[0].value
        yield finding(
            "P34",
            f"{consumer.name} closes with {ast.unparse(code)} before it has accepted the socket.",
            consumer.module.place(call),
            severity="note",
            condition="if the page needs the close code",
            found_by="source",
            about="close",
        )


def _called(consumer: Consumer, name: str) -> str:
    return f"await self.{name}()" if consumer.is_async else f"self.{name}()"


def _not_set(consumer: Consumer, connect: Function, ways: Ways) -> Iterator[Finding]:
    """P31: an attribute that disconnect() reads isn't set on every path through connect()."""
    disconnect = consumer.methods.get("disconnect", (None, None))[1]
    if disconnect is None or not consumer.whole or "__getattr__" in consumer.methods:
        return
    known = OF_CHANNELS | set(consumer.methods) | set(class_values(consumer)) | _set_early(consumer)
    missing = _missing(consumer, disconnect, known, ways)
    if not missing:
        yield from _set_later(consumer, disconnect, known, ways)
        return
    first = next(iter(missing))
    node, end = missing[first]
    listed = _listed([f"self.{name}" for name in missing])
    where = f"hasn't set if it ends in line {end.lineno}"
    if end is connect:
        where = "doesn't set on every path"
    yield finding(
        "P31",
        f"disconnect() reads {listed}, which connect() {where}.",
        consumer.module.place(node if disconnect in consumer.own else end),
        severity="warning",
        condition="whenever a socket is refused",
        values={"consumer": consumer.name, "attribute": first},
        fix=f"Set `{listed.replace(' and ', '` and `').replace(', ', '`, `')}` at the top of "
        "connect(), before anything is refused.",
        found_by="source",
        about=first,
    )


def _missing(
    consumer: Consumer, disconnect: Function, known: set[str], ways: Ways
) -> dict[str, tuple[ast.AST, ast.AST]]:
    """Return attributes that only some paths set: where each is read, and which path skips it."""
    missing: dict[str, tuple[ast.AST, ast.AST]] = {}
    for name, node in _reads(consumer, disconnect, set()):
        if name in known:
            continue
        end = next((end for state, end in ways.exits if _lacks(state, name)), None)
        if end is not None and any(name in state.attributes for state, _ in ways.exits):
            missing.setdefault(name, (node, end))
    return missing


def _set_later(
    consumer: Consumer, disconnect: Function, known: set[str], ways: Ways
) -> Iterator[Finding]:
    """P31: an attribute that disconnect() reads is only set once the client has sent something."""
    if any(state.unsure for state, _ in ways.exits) or disconnect not in consumer.own:
        return
    setters = {name: consumer.methods[name][1] for name in ENTRIES if name in consumer.methods}
    for name, node in _reads(consumer, disconnect, set()):
        if name in known or any(name in state.attributes for state, _ in ways.exits):
            continue
        setter = next((key for key, method in setters.items() if name in _stored(method)), "")
        if setter:
            yield finding(
                "P31",
                f"disconnect() reads self.{name}, which only {setter}() sets.",
                consumer.module.place(node),
                severity="warning",
                condition="if a socket closes before its client has sent anything",
                values={"consumer": consumer.name, "attribute": name},
                fix=f"Set `self.{name} = None` at the top of connect(), and check for it there.",
                found_by="source",
                about=name,
            )
            return


def _stored(method: Function) -> set[str]:
    """Return the attributes of `self` that `method` sets."""
    nodes = [node for node in own_nodes(method) if isinstance(node, ast.Attribute)]
    return {
        node.attr
        for node in nodes
        if isinstance(node.ctx, ast.Store) and dotted(node.value) == "self"
    }


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if names[1:] else names[0]


def _lacks(state: State, name: str) -> bool:
    return not state.unsure and name not in state.attributes


def _set_early(consumer: Consumer) -> set[str]:
    """Return the attributes that are set before connect() runs, or in a base class."""
    found = set()
    for name in ("__init__", "websocket_connect", "__call__", "dispatch"):
        if name in consumer.methods:
            for node in ast.walk(consumer.methods[name][1]):
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                    found.add(node.attr)
    return found


def _reads(consumer: Consumer, method: Function, seen: set[str]) -> Iterator[tuple[str, ast.AST]]:
    """Yield the attributes that `method` always reads."""
    seen.add(method.name)
    guarded = _guarded(method)
    for node in own_nodes(method):
        if id(node) in guarded or not isinstance(node, ast.Attribute):
            continue
        if not isinstance(node.value, ast.Name) or node.value.id != "self":
            continue
        if isinstance(node.ctx, ast.Store):
            return  # set here, so ignore what follows
        below = consumer.methods.get(node.attr)
        if below and node.attr not in seen:
            for name, _ in _reads(consumer, below[1], seen):
                yield name, node
        elif not below:
            yield node.attr, node


def _guarded(method: Function) -> set[int]:
    """Return the ids of nodes that only run under a condition or in an `except`."""
    found: set[int] = set()
    own = {"self", *_taken_from_self(method)}
    for node in own_nodes(method):
        inside = []
        if isinstance(node, (ast.If, ast.IfExp, ast.While)) and _asks(node.test, own):
            inside = [node]
            if isinstance(node, ast.If) and _leaves(node):
                inside += [later for later in own_nodes(method) if _line(later) > node.lineno]
        elif isinstance(node, ast.Try) and any(map(_catches, node.handlers)):
            inside = node.body
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            inside = node.body if "suppress" in ast.dump(node.items[0]) else []
        found |= {id(below) for part in inside for below in ast.walk(part)}
    return found


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _taken_from_self(method: Function) -> set[str]:
    """Return the local names that `method` binds to something of `self`."""
    nodes = (node for node in own_nodes(method) if isinstance(node, ast.Assign))
    own = (node for node in nodes if _asks(node.value, {"self"}))
    return {dotted(target) for node in own for target in node.targets} - {""}


def _asks(test: ast.AST, names: set[str]) -> bool:
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(test))


def _leaves(node: ast.If) -> bool:
    return any(isinstance(part, (ast.Return, ast.Raise)) for part in node.body)


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(name).rpartition(".")[2] in GUARDS for name in names)
