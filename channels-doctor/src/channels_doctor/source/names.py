"""Resolves names: which function is called, and which string a group's name is built from."""

import ast
import re
from collections.abc import Iterator

from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

FORMAT = re.compile(r"%(?:\(\w+\))?[-+ #0-9.]*[a-zA-Z]|\{[^{}]*\}")
ANY = "*"  # a part of a text that isn't in the source
DRAWN = {"uuid4", "uuid1", "token_hex", "token_urlsafe", "get_random_string"}
DEEPEST = 6


def absolute(module: Module, name: str) -> str:
    """Return the dotted `name` as seen from outside `module`."""
    first, dot, rest = name.partition(".")
    if first.endswith("()"):
        first, dot = first.removesuffix("()"), f"(){dot}"
    return f"{module.imports.get(first, f'{module.name}.{first}')}{dot}{rest}"


def functions_of(tree: Tree) -> dict[str, tuple[Module, Function]]:
    """Return the top-level functions of the project's modules, by dotted name."""
    return {
        f"{module.name}.{node.name}": (module, node)
        for module in tree
        for node in module.tree.body
        if isinstance(node, Function)
    }


def called(functions: dict, module: Module, call: ast.Call) -> tuple[Module, Function] | None:
    """Return the project's function that `call` calls, if it's one of `functions`."""
    name = dotted(call.func)
    if not name or name.startswith("self."):
        return None
    path = absolute(module, name)
    if path in functions:
        return functions[path]
    ending = [known for known in functions if path.endswith(f".{known}")]
    return functions[ending[0]] if len(ending) == 1 else None


def decorators(function: Function) -> set[str]:
    """Return the last name component of each decorator of `function`."""
    names = [dotted(part).removesuffix("()") for part in function.decorator_list]
    return {name.rpartition(".")[2] for name in names}


def methods_of(consumer: Consumer) -> list[tuple[Module, Function]]:
    return list(consumer.methods.values())


def class_values(consumer: Consumer) -> dict[str, ast.AST]:
    """Return {name: values} for the names bound in the body of the consumer's class."""
    found = {}
    for node in consumer.node.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Name):
                found[target.id] = node.value
    return found


def assignments(function: ast.AST, name: str) -> list[ast.AST]:
    """Return the values that `function` itself binds to `name`: "x" or "self.x"."""
    found = []
    for node in own_nodes(function):
        if isinstance(node, ast.Assign) and name in map(dotted, node.targets):
            found.append(node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and dotted(node.target) == name:
            found.append(node.value)
    return [value for value in found if value is not None]


class Texts:
    """The strings that expressions in `function` evaluate to, with `*` for variable parts."""

    def __init__(self, module: Module, function: ast.AST | None, consumer: Consumer | None = None):
        self.module, self.function, self.consumer = module, function, consumer

    def of(self, node: ast.AST | None, depth: int = 0) -> str:
        """Return the text of `node`: "chat_*" for `f"chat_{name}"`, or "*" if nothing is known."""
        if depth > DEEPEST or node is None or _is_drawn(node):
            return ANY
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.JoinedStr):
            return _short("".join(self.of(part, depth + 1) for part in node.values))
        if isinstance(node, ast.FormattedValue):
            return self.of(node.value, depth + 1)
        if isinstance(node, ast.BinOp):
            return self._operation(node, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        if name := dotted(node):
            return self._named(name, depth)
        return ANY

    def _operation(self, node: ast.BinOp, depth: int) -> str:
        left = self.of(node.left, depth + 1)
        if isinstance(node.op, ast.Add):
            return _short(left + self.of(node.right, depth + 1))
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
            return _short(FORMAT.sub(ANY, left))
        return ANY

    def _call(self, node: ast.Call, depth: int) -> str:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            return _short(FORMAT.sub(ANY, self.of(node.func.value, depth + 1)))
        if dotted(node.func) == "str" and node.args:
            return self.of(node.args[0], depth + 1)
        return ANY

    def _named(self, name: str, depth: int) -> str:
        texts = {self.of(value, depth + 1) for value in self._values(name)}
        return texts.pop() if len(texts) == 1 else ANY

    def _values(self, name: str) -> Iterator[ast.AST]:
        """Yield the values of `name` that are visible to this code."""
        if name.startswith("self.") and self.consumer:
            for _, method in self.consumer.methods.values():
                yield from assignments(method, name)
            if value := class_values(self.consumer).get(name.removeprefix("self.")):
                yield value
            return
        local = assignments(self.function, name) if self.function is not None else []
        yield from local or assignments(self.module.tree, name)


def _is_drawn(node: ast.AST) -> bool:
    """Return whether `node` is random, so that its string is different every time."""
    calls = (part for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(dotted(call.func).rpartition(".")[2] in DRAWN for call in calls)


def _short(text: str) -> str:
    return re.sub(r"\*{2,}", ANY, text)
