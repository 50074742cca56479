"""The project's consumers: their classes, base classes and methods."""

import ast
from dataclasses import dataclass, field
from functools import cached_property

from channels_doctor.source.following import helpers
from channels_doctor.source.tree import Module, Tree, dotted

# Name of a class of Channels: (it is async, it speaks WebSocket)
KNOWN = {
    "AsyncConsumer": (True, False),
    "SyncConsumer": (False, False),
    "AsyncHttpConsumer": (True, False),
    "AsyncWebsocketConsumer": (True, True),
    "AsyncJsonWebsocketConsumer": (True, True),
    "WebsocketConsumer": (False, True),
    "JsonWebsocketConsumer": (False, True),
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Consumer:
    """A class of the project that is a consumer.

    `methods` contains its own methods, those inherited from classes of the project, and the
    functions that it hands itself to. `adopted` are those of them that no other consumer owns.
    `whole` is False if a base class isn't known, because then it may have more methods.
    """

    name: str
    module: Module
    node: ast.ClassDef
    is_async: bool
    websocket: bool
    base: str
    whole: bool
    methods: dict[str, tuple[Module, Function]] = field(default_factory=dict)
    adopted: list[Function] = field(default_factory=list)

    def handlers(self, names: set[str]) -> set[str]:
        """Return the `names` that the class never calls itself, because they only handle events."""
        return names - self.calls

    @cached_property
    def calls(self) -> set[str]:
        """The names of the functions and methods that it calls itself."""
        return {
            dotted(node.func).removeprefix("self.")
            for node in ast.walk(self.node)
            if isinstance(node, ast.Call)
        }

    def reached(self, names: set[str]) -> set[str]:
        """Return those of `names` that are methods, and the methods that they mention in turn."""
        found, waiting = set(), sorted(names & set(self.methods))
        while waiting:
            name = waiting.pop()
            found.add(name)
            for node in ast.walk(self.methods[name][1]):
                below = (
                    dotted(node).removeprefix("self.") if isinstance(node, ast.Attribute) else ""
                )
                if below in self.methods and below not in found:
                    waiting.append(below)
        return found

    @property
    def own(self) -> list[Function]:
        mine = [member for member in self.node.body if isinstance(member, Function)]
        return [*mine, *(method for method in self.adopted if method not in mine)]


def find(tree: Tree) -> list[Consumer]:
    """Return the project's consumers, in the order of their files."""
    classes = {}
    for module in tree:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append((module, node))
    found = []
    for module in tree:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                consumer = _consumer(module, node, classes, ())
                if consumer:
                    found.append(consumer)
    for consumer in found:
        mixed_in = [method for _, method in consumer.methods.values() if _is_mixed_in(method)]
        consumer.adopted = [*mixed_in, *helpers.adopt(tree, consumer.methods)]
    return found


def _is_mixed_in(method: Function) -> bool:
    return getattr(method, "_mixed_in", False)


def _consumer(module, node, classes, above) -> Consumer | None:
    if node in above:
        return None
    base, whole, methods = "", True, {}
    for expression in node.bases:
        known, is_whole, inherited = _inherited(module, expression, classes, (*above, node))
        base = base or known
        whole = whole and is_whole
        methods = {**inherited, **methods}
    if not base:
        return None
    for member in node.body:
        if isinstance(member, Function):
            methods[member.name] = (module, member)
        elif isinstance(member, ast.Assign) and dotted(member.value) in methods:
            same = methods[dotted(member.value)]
            methods |= {dotted(target): same for target in member.targets if dotted(target)}
    return Consumer(node.name, module, node, *KNOWN[base], base, whole, methods)


def _inherited(module, base, classes, above) -> tuple[str, bool, dict]:
    """Return what a class inherits from its `base`: a class of Channels, and methods.

    The bool says whether all of them are known.
    """
    name = dotted(base)
    last = name.rpartition(".")[2]
    target = module.imports.get(name.partition(".")[0], "")
    if "." not in name and target.startswith("channels"):
        last = target.rpartition(".")[2]
    parent = _in_project(module, last, target, classes)
    if parent:
        upper = _consumer(*parent, classes, above)
        return (upper.base, upper.whole, upper.methods) if upper else _of_a_mixin(*parent)
    if last in KNOWN and (target.startswith("channels") or _imports_channels(module)):
        return last, True, {}
    return "", last == "object", {}


def _of_a_mixin(module: Module, node: ast.ClassDef) -> tuple[str, bool, dict]:
    """Like `_inherited`, for a class of the project that isn't a consumer."""
    methods = {}
    for member in node.body:
        if isinstance(member, Function):
            member._mixed_in = True
            helpers.at_home(module, member)
            methods.setdefault(member.name, (module, member))
    return "", not node.bases, methods


def _in_project(module, name, target, classes):
    if target.startswith("channels"):
        return None
    for parent in classes.get(name, ()):
        if parent[0] is module or target:
            return parent
    return None


def _imports_channels(module: Module) -> bool:
    return any(path.startswith("channels.") for path in module.imports.values())
