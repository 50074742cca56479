"""How a consumer ends, what outlives its socket, and what it misses at the start."""

import ast
from collections.abc import Iterator

from channels_doctor.finding import Finding, Place, finding
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.names import class_values
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

STOPS = ("StopConsumer", "websocket_disconnect")
MUTABLE = {"set", "dict", "list", "defaultdict", "Counter", "deque", "OrderedDict"}
CHANGES = {
    "add", "append", "discard", "remove", "pop", "update", "setdefault", "extend", "clear",
    "insert", "popitem", "appendleft",
}  # fmt: skip
HISTORY = ("history", "messages", "recent", "previous", "last_", "old_")


def check(tree: Tree, consumers: list[Consumer], kind: str) -> Iterator[Finding]:
    """P40, P64 and P70; `kind` is the default layer's."""
    told: set[Place] = set()
    for consumer in consumers:
        yield from _never_stops(consumer)
        kept = list(_kept_in_memory(tree, consumer, kind))
        for found in kept or _kept_by_a_class(tree, consumer, kind):
            if found.place not in told:
                told.add(found.place)
                yield found
        yield from _read_too_early(consumer)


def _never_stops(consumer: Consumer) -> Iterator[Finding]:
    """P40: a method that ends a consumer is overridden, and no longer ends it."""
    for method in consumer.own:
        if method.name != "websocket_disconnect" or method.decorator_list:
            continue
        text = ast.unparse(ast.Module(method.body, []))
        if not any(word in text for word in STOPS):
            yield finding(
                "P40",
                f"{consumer.name}.websocket_disconnect neither raises StopConsumer nor calls its "
                "base, so the consumer keeps waiting.",
                consumer.module.place(method),
                case="never-stops",
                severity="error",
                fix="Override `disconnect(self, code)` instead."
                if consumer.websocket
                else "End it with `raise StopConsumer()` (from `channels.exceptions`).",
                found_by="source",
            )


def _kept_in_memory(tree: Tree, consumer: Consumer, kind: str) -> Iterator[Finding]:
    """P64: sockets modify a container that belongs to the class or the module."""
    shared = {name for name, value in class_values(consumer).items() if _is_container(value)}
    shared -= {"groups"}
    names = {f"self.{name}" for name in shared} | {f"{consumer.name}.{name}" for name in shared}
    names |= {f"self.__class__.{name}" for name in shared} | {f"cls.{name}" for name in shared}
    names -= {name for name in names if _is_own(consumer, name)}
    names |= _of_the_module(consumer) | _imported(tree, consumer)
    for method in consumer.own:
        for node in own_nodes(method):
            name = _changed(node)
            if name in names:
                yield finding(
                    "P64",
                    f"{name} is in the memory of one process, and each process has its own.",
                    consumer.module.place(node),
                    severity="note" if kind == "memory" else "",
                    condition="as soon as a second process serves sockets",
                    found_by="source",
                    about=name,
                )
                return


def _is_container(value: ast.AST | None) -> bool:
    if isinstance(value, (ast.Dict, ast.List, ast.Set)):
        return True
    return isinstance(value, ast.Call) and dotted(value.func).rpartition(".")[2] in MUTABLE


def _is_own(consumer: Consumer, name: str) -> bool:
    """Return whether a method assigns `name`, which gives each socket its own copy."""
    return name.startswith("self.") and any(
        isinstance(node, (ast.Assign, ast.AnnAssign))
        and name in map(dotted, getattr(node, "targets", [getattr(node, "target", None)]))
        for method in consumer.own
        for node in own_nodes(method)
    )


def _of_the_module(consumer: Consumer) -> set[str]:
    return {
        target.id
        for node in consumer.module.tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_container(node.value)
        for target in getattr(node, "targets", [getattr(node, "target", None)])
        if isinstance(target, ast.Name)
    }


def _imported(tree: Tree, consumer: Consumer) -> set[str]:
    """Return the names of the containers that the consumer's module imports from the project."""
    found = set()
    for name, path in consumer.module.imports.items():
        head, _, last = path.rpartition(".")
        home = tree.named(head)
        if home and any(_binds(node, last) for node in home.tree.body):
            found.add(name)
    return found


def _binds(node: ast.stmt, name: str) -> bool:
    """Return whether the statement `node` binds `name` to a container."""
    is_bound = isinstance(node, (ast.Assign, ast.AnnAssign)) and _is_container(node.value)
    return is_bound and name in map(dotted, getattr(node, "targets", [getattr(node, "target", 0)]))


def _kept_by_a_class(tree: Tree, consumer: Consumer, kind: str) -> Iterator[Finding]:
    """P64: the consumer uses a class of the project that keeps a container for all its users."""
    used = {part.id for method in consumer.own for part in own_nodes(method) if _is_a_class(part)}
    for name in sorted(used):
        path = consumer.module.imports.get(name, f"{consumer.module.name}.{name}")
        home = tree.named(path.rpartition(".")[0])
        for node in home.tree.body if home else ():
            if isinstance(node, ast.ClassDef) and node.name == path.rpartition(".")[2]:
                for place, changed in _changes_of_its_own(home, node):
                    yield finding(
                        "P64",
                        f"{changed} is in the memory of one process, and each process has its own.",
                        place,
                        severity="note" if kind == "memory" else "",
                        condition="as soon as a second process serves sockets",
                        found_by="source",
                        about=changed,
                    )
                    return


def _is_a_class(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id[:1].isupper()


def _changes_of_its_own(home: Module, node: ast.ClassDef) -> Iterator[tuple[Place, str]]:
    """Yield where class methods change a container of their class, and its name."""
    bound = [part for part in node.body if isinstance(part, (ast.Assign, ast.AnnAssign))]
    shared = {
        dotted(target)
        for part in bound
        if _is_container(part.value)
        for target in getattr(part, "targets", [getattr(part, "target", None)])
    }
    names = {f"{owner}.{name}" for name in shared for owner in ("cls", node.name)}
    for method in (part for part in node.body if isinstance(part, Function)):
        for part in own_nodes(method):
            if (changed := _changed(part)) in names:
                yield home.place(part), f"{node.name}.{changed.rpartition('.')[2]}"


def _changed(node: ast.AST) -> str:
    """Return the name of the container that `node` changes, or ""."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return dotted(node.func.value) if node.func.attr in CHANGES else ""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del)):
        return dotted(node.value)
    return ""


def _read_too_early(consumer: Consumer) -> Iterator[Finding]:
    """P70: the history is read before the group is joined."""
    connect = next((method for method in consumer.own if method.name == "connect"), None)
    if connect is None:
        return
    joined = _first_line(connect, "group_add")
    read = _history(connect)
    if joined and read is not None and read.lineno < joined:
        yield finding(
            "P70",
            f"{consumer.name}.connect reads the history before it joins the group.",
            consumer.module.place(read),
            condition="if somebody writes between the two",
            found_by="source",
        )


def _first_line(connect: Function, method: str) -> int:
    lines = [
        node.lineno
        for node in own_nodes(connect)
        if isinstance(node, ast.Attribute) and node.attr == method
    ]
    return min(lines, default=0)


def _history(connect: Function) -> ast.AST | None:
    """Return the place in `connect` that reads rows and sends them, one by one or all at once."""
    bound = {}
    for node in own_nodes(connect):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            bound[node.targets[0].id] = node
    for node in own_nodes(connect):
        if not isinstance(node, (ast.For, ast.AsyncFor)):
            continue
        source = bound.get(dotted(node.iter))
        text = ast.unparse(source.value if source else node.iter).lower()
        sends = "self.send" in ast.unparse(ast.Module(node.body, []))
        if sends and any(word in text for word in (*HISTORY, ".objects")):
            return source or node
    return None
