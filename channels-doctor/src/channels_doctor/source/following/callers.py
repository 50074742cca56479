"""Who calls a function of the project, as far as the names in its source show."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from io import TextIOBase

from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

Place = tuple[Module, ast.AST]
DEEPEST = 4  # levels of calls
ORDINARY = {name for kind in (str, list, dict, set, TextIOBase) for name in dir(kind)}
ORDINARY |= {"save", "delete", "create", "get", "run", "handle", "send", "start", "stop", "execute"}
ORDINARY |= {"process", "call", "apply", "put", "publish", "connect", "emit", "notify", "info"}


class Callers:
    """The calls between the functions of a `tree`.

    A call of an imported function counts, and so does one of a method whose name no other class
    has, unless that's an ordinary name.
    """

    def __init__(self, tree: Tree):
        self.tree = tree
        self._defined: dict[str, list[Place]] = defaultdict(list)
        self._calls: dict[str, list[tuple[Module, ast.AST, ast.Call]]] = defaultdict(list)
        for module in tree:
            for function in module.functions[1:]:
                self._defined[function.name].append((module, function))
            for function in module.functions:
                for node in own_nodes(function):
                    if isinstance(node, ast.Call) and (name := _last(node)):
                        self._calls[name].append((module, function, node))

    def above(self, module: Module, function: ast.AST | None) -> Iterator[Place]:
        """Yield `function` and everything that calls it, directly or through others."""
        waiting, seen = [(module, function, 0)], set()
        while waiting:
            module, function, depth = waiting.pop(0)
            if function is None or id(function) in seen:
                continue
            seen.add(id(function))
            yield module, function
            if depth < DEEPEST and isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for home, caller in self._of(module, function):
                    waiting.append((home, caller, depth + 1))

    def _of(self, module: Module, function: ast.AST) -> Iterator[Place]:
        is_only = len(self._defined[function.name]) == 1 and function.name not in ORDINARY
        is_top = function in module.tree.body
        for home, caller, call in self._calls[function.name]:
            name = dotted(call.func) or f".{function.name}"
            if is_top and self._means(home, name, module, function.name):
                yield home, caller
            elif not is_top and "." in name and (is_only or _is_own(home, name, module, function)):
                yield home, caller

    def _means(self, home: Module, name: str, module: Module, wanted: str) -> bool:
        """Return whether `name` in the module `home` is the function `wanted` of `module`."""
        if home is module and name == wanted:
            return True
        first, _, rest = name.partition(".")
        path = home.imports.get(first, "")
        owner = f"{path}.{rest}".rpartition(".")[0] if rest else path.rpartition(".")[0]
        return bool(path) and self.tree.named(owner) is module


def _last(call: ast.Call) -> str:
    """Return the last part of the name that `call` calls, or ""."""
    func = call.func
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""


def _is_own(home: Module, name: str, module: Module, function: ast.AST) -> bool:
    """Return whether `name` is a method of the class that `function` is in, called by itself."""
    return home is module and name == f"self.{function.name}" and function.name.startswith("_")
