"""Functions of the project that a consumer hands itself to, read as if they were its methods."""

import ast
from collections.abc import Iterator
from itertools import chain

from channels_doctor.source.tree import Module, Tree, dotted, forget_nodes, own_nodes

Function = ast.FunctionDef | ast.AsyncFunctionDef
Methods = dict[str, tuple[Module, Function]]
MOST = 200  # helpers of one consumer


def adopt(tree: Tree, methods: Methods) -> list[Function]:
    """Add to `methods` the functions that these are handed to as `helper(self, …)`.

    From then on, such a call is known as `self.helper(…)`, and the helper's first parameter as
    `self`. Returns the helpers.
    """
    found: list[Function] = []
    waiting = list(methods.values())
    while waiting and len(found) < MOST:
        module, method = waiting.pop(0)
        for call in _handed_on(method):
            known = getattr(call, "_helper", None) or _function(tree, module, dotted(call.func))
            if known is None or known[1] is method:
                continue
            if methods.get(known[1].name, known) != known:
                known[1]._written_as = _called(known[1])
                known[1].name = _free(known[1].name, methods)
            if not hasattr(call, "_helper"):
                _become_a_method(known)
                call._helper = known
                del call.args[0]
            call.func = _of_self(known[1].name, call.func)
            forget_nodes(method)
            if known[1] not in found:
                found.append(known[1])
                methods[known[1].name] = known
                waiting.append(known)
    return found


def at_home(module: Module, node: ast.AST) -> None:
    """Record that the nodes of `node` are in `module`, whoever uses them."""
    for part in ast.walk(node):
        part._home = module


def _handed_on(method: Function) -> Iterator[ast.Call]:
    """Yield the calls in `method` whose first argument is or was the consumer itself."""
    for node in own_nodes(method):
        if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
            is_first = bool(node.args) and isinstance(node.args[0], ast.Name)
            if hasattr(node, "_helper") or (is_first and node.args[0].id == "self"):
                yield node


def _function(tree: Tree, module: Module, name: str) -> tuple[Module, Function] | None:
    """Return the project's function, or a class's method, that `name` means in `module`."""
    first, _, rest = name.partition(".")
    if not name or first in ("self", "cls") or first.startswith("super"):
        return None
    path = module.imports.get(first, f"{module.name}.{first}" if module.name else first)
    return _at(tree, f"{path}.{rest}" if rest else path, 0)


def _at(tree: Tree, path: str, depth: int) -> tuple[Module, Function] | None:
    head, _, last = path.rpartition(".")
    owner, name = tree.named(head), ""
    if owner is None:
        above, _, name = head.rpartition(".")
        owner = tree.named(above)
    if owner is None:
        return None
    bodies = [owner.tree.body]
    if name:
        classes = [part for part in owner.tree.body if isinstance(part, ast.ClassDef)]
        bodies = [part.body for part in classes if part.name == name]
    for node in chain.from_iterable(bodies):
        if isinstance(node, Function) and _called(node) == last and node.args.args:
            return (owner, node) if node.args.args[0].arg != "cls" else None
    further = owner.imports.get(name or last, "")
    if further and depth < 2 and further != path:
        return _at(tree, f"{further}.{last}" if name else further, depth + 1)
    return None


def _called(function: Function) -> str:
    """Return the name that `function` has in its file."""
    return getattr(function, "_written_as", function.name)


def _of_self(name: str, instead_of: ast.expr) -> ast.Attribute:
    """Return the expression `self.name`, in the place of another one."""
    owner = ast.copy_location(ast.Name("self", ast.Load()), instead_of)
    made = ast.copy_location(ast.Attribute(owner, name, ast.Load()), instead_of)
    for node in (owner, made):
        vars(node).update({key: home for key, home in vars(instead_of).items() if key == "_home"})
    return made


def _free(name: str, methods: Methods) -> str:
    while name in methods:
        name += "_"
    return name


def _become_a_method(known: tuple[Module, Function]) -> None:
    """Call the first parameter of the function `self`, and note the function's own module."""
    module, function = known
    at_home(module, function)
    parameter = function.args.args[0]
    old = parameter.arg
    parameter.arg = "self"
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == old:
            node.id = "self"
