"""The project's consumers: their classes, base classes and methods."""

import ast
from dataclasses import dataclass, field
from functools import cached_property

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

    `methods` contains its own methods and those inherited from classes of the project. `whole` is
    False if a base class isn't known, because then it may have more methods.
    """

    name: str
    module: Module
    node: ast.ClassDef
    is_async: bool
    websocket: bool
    base: str
    whole: bool
    methods: dict[str, tuple[Module, Function]] = field(default_factory=dict)

    def handlers(self, names: set[str]) -> set[str]:
        """Return those of `names` that it never calls itself, because they only handle events."""
        return names - self.calls

    @cached_property
    def calls(self) -> set[str]:
        """The names of the functions and methods that it calls itself."""
        return {
            dotted(node.func).removeprefix("self.")
            for node in ast.walk(self.node)
            if isinstance(node, ast.Call)
        }

    @property
    def own(self) -> list[Function]:
        return [member for member in self.node.body if isinstance(member, Function)]


def find(tree: Tree) -> list[Consumer]:
    """Return the consumers of the project, in the order of their files."""
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
    return found


def _consumer(module, node, classes, above) -> Consumer | None:
    if node in above:
        return None
    made = None
    whole, inherited = True, {}
    for base in node.bases:
        name = dotted(base)
        last = name.rpartition(".")[2]
        target = module.imports.get(name.partition(".")[0], "")
        if "." not in name and target.startswith("channels"):
            last = target.rpartition(".")[2]
        parent = _in_project(module, last, target, classes)
        if parent:
            upper = _consumer(*parent, classes, (*above, node))
            if upper:
                made = made or upper
                whole = whole and upper.whole
                inherited = {**upper.methods, **inherited}
            else:
                for member in parent[1].body:
                    if isinstance(member, Function):
                        inherited.setdefault(member.name, (parent[0], member))
                whole = whole and not parent[1].bases
        elif last in KNOWN and (target.startswith("channels") or _imports_channels(module)):
            made = made or last
        elif last != "object":
            whole = False
    if made is None:
        return None
    base = made if isinstance(made, str) else made.base
    methods = dict(inherited)
    for member in node.body:
        if isinstance(member, Function):
            methods[member.name] = (module, member)
        elif isinstance(member, ast.Assign) and dotted(member.value) in methods:
            same = methods[dotted(member.value)]
            methods |= {dotted(target): same for target in member.targets if dotted(target)}
    return Consumer(node.name, module, node, *KNOWN[base], base, whole, methods)


def _in_project(module, name, target, classes):
    if target.startswith("channels"):
        return None
    for parent in classes.get(name, ()):
        if parent[0] is module or target:
            return parent
    return None


def _imports_channels(module: Module) -> bool:
    return any(path.startswith("channels.") for path in module.imports.values())
