"""Runs through a module's statements like an import, and records what its names mean."""

import ast
from collections.abc import Mapping

from channels_doctor.source.tree import Module, Tree, dotted
from channels_doctor.static import executed
from channels_doctor.static.expressions import Expressions, as_list, unknown
from channels_doctor.static.values import Bound, Made, Named, Unknown, is_known

Names = dict[str, Bound]
ADD = ("append", "insert", "extend", "update", "remove", "add", "setdefault")


class Modules:
    """The modules of `tree`, each of which is read on first use.

    `environment` contains the variables that are set where the project runs.
    """

    def __init__(self, tree: Tree, environment: Mapping[str, str]):
        self.tree = tree
        self.environment = environment
        self._known: dict[str, Names] = {}
        self.incomplete: set[str] = set()  # files that import names from missing modules

    def names(self, module: Module) -> Names:
        """Return what the names of `module` are bound to."""
        if module.file not in self._known:
            self._known[module.file] = names = {}
            _Reader(self, module, names).block(module.tree.body, certain=True)
        return self._known[module.file]

    def in_class(self, module: Module, body: list[ast.stmt], names: Names) -> Names:
        """Return `names` plus those bound in the `body` of a class in `module`."""
        found = dict(names)
        _Reader(self, module, found).block(body, certain=True)
        return found

    def evaluated(self, module: Module, node: ast.AST) -> object:
        """Return the value of the expression `node` at the end of `module`."""
        return _Reader(self, module, dict(self.names(module))).expressions.value(node)

    def returned(self, path: str) -> object:
        """Return what the project's function at `path` returns, if it has one return and no more.

        Otherwise, return an unknown value.
        """
        head, _, name = path.rpartition(".")
        module = self.tree.named(head)
        bound = self.names(module).get(name) if module else None
        function = getattr(getattr(bound, "value", None), "node", None)
        if not isinstance(function, ast.FunctionDef):
            return Unknown()
        returns = [node for node in function.body if isinstance(node, ast.Return) and node.value]
        if len(returns) != 1:
            return Unknown()
        reader = _Reader(self, module, dict(self.names(module)))
        reader.block(function.body, certain=True)
        return reader.expressions.value(returns[0].value)

    def value(self, path: str) -> object:
        """Return the value at `path`, a module's name followed by a name in it."""
        head, _, name = path.rpartition(".")
        module = self.tree.named(head)
        if module is None:
            return Named(path)
        bound = self.names(module).get(name)
        if bound is not None:
            return bound.value
        return Named(path) if self.tree.named(path) else Unknown()

    def member(self, owner: Named, name: str) -> object:
        """Return the attribute `name` of `owner`."""
        if isinstance(owner.node, ast.AST):
            return Named(f"{owner.path}.{name}", owner.module, owner.node)
        return self.value(f"{owner.path}.{name}")


class _Reader:
    """Runs through the statements of one module."""

    def __init__(self, modules: Modules, module: Module, names: Names):
        self.modules, self.module, self.names = modules, module, names
        self.opened: dict[str, ast.AST] = {}  # the paths of open files, by their names
        self.expressions = Expressions(module, self._lookup, modules.member, modules.environment)

    def _lookup(self, name: str) -> object:
        if name in self.names:
            return self.names[name].value
        return Named(name)

    def block(self, statements: list[ast.stmt], certain: bool) -> None:
        for statement in statements:
            method = getattr(self, f"_{type(statement).__name__.lower()}", None)
            if method:
                method(statement, certain)

    def bind(self, name: str, value: object, node: ast.AST, certain: bool) -> None:
        self.names[name] = Bound(value, self.module, node, certain)

    def _import(self, node: ast.Import, certain: bool) -> None:
        for alias in node.names:
            path = alias.name if alias.asname else alias.name.partition(".")[0]
            self.bind(alias.asname or path, Named(path), node, certain)

    def _importfrom(self, node: ast.ImportFrom, certain: bool) -> None:
        head = self.module.absolute(node.module or "", node.level)
        source = self.modules.tree.named(head)
        for alias in node.names:
            if alias.name == "*":
                self._star(source, certain)
                continue
            bound = self.modules.names(source).get(alias.name) if source else None
            path = f"{head}.{alias.name}" if head else alias.name
            value = bound.value if bound else Named(path)
            place = bound.node if bound else node
            module = bound.module if bound else self.module
            self.names[alias.asname or alias.name] = Bound(value, module, place, certain)

    def _star(self, source: Module | None, certain: bool) -> None:
        if source is None or source.file in self.modules.incomplete:
            self.modules.incomplete.add(self.module.file)
        for name, bound in (self.modules.names(source) if source else {}).items():
            if not name.startswith("_"):
                sure = certain and bound.certain
                self.names[name] = Bound(bound.value, bound.module, bound.node, sure)

    def _assign(self, node: ast.Assign, certain: bool) -> None:
        value = self.expressions.value(node.value)
        for target in node.targets:
            self._to(target, value, certain)

    def _annassign(self, node: ast.AnnAssign, certain: bool) -> None:
        if node.value is not None:
            self._to(node.target, self.expressions.value(node.value), certain)

    def _to(self, target: ast.AST, value: object, certain: bool) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, value, target, certain)
        elif isinstance(target, ast.Subscript):
            owner = self.expressions.value(target.value)
            key = self.expressions.value(target.slice)
            if isinstance(owner, dict) and is_known(key) and certain:
                owner[key] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = value if isinstance(value, (list, tuple)) else []
            for number, part in enumerate(target.elts):
                self._to(part, values[number] if number < len(values) else Unknown(), certain)

    def _augassign(self, node: ast.AugAssign, certain: bool) -> None:
        if not isinstance(node.target, ast.Name):
            return
        before = self._lookup(node.target.id)
        added = self.expressions.value(node.value)
        if isinstance(before, (list, tuple)):
            self.bind(node.target.id, [*before, *as_list(added)], node.target, certain)
        elif is_known([before, added]) and isinstance(node.op, ast.Add):
            self.bind(node.target.id, before + added, node.target, certain)
        elif certain:
            self.bind(node.target.id, unknown(before, added), node.target, certain)

    def _expr(self, node: ast.Expr, certain: bool) -> None:
        call = node.value
        if not isinstance(call, ast.Call):
            return
        if not isinstance(call.func, ast.Attribute):
            self._execute(call, certain)
            return
        owner = self.expressions.value(call.func.value)
        args = [self.expressions.value(part) for part in call.args]
        if isinstance(owner, list) and call.func.attr in ADD:
            self._add_to(call.func.value, owner, (call.func.attr, args), certain)
        elif isinstance(owner, dict) and call.func.attr == "update" and certain:
            for part in args:
                owner.update(part if isinstance(part, dict) else {})
        elif call.func.attr == "update" and dotted(call.func.value) == "globals()":
            self.modules.incomplete.add(self.module.file)

    def _execute(self, call: ast.Call, certain: bool) -> None:
        """Run through the files that `call` executes as if they were written here."""
        tree, found = self.modules.tree, []
        if executed.is_execution(call):
            found = executed.executed(call, self.module, tree, self.opened) or [None]
        else:
            made = self.expressions.value(call)
            if isinstance(made, Made) and made.path == executed.INCLUDE:
                found = executed.included(made, tree)
        if None in found:
            self.modules.incomplete.add(self.module.file)
        for module in found:
            if module is not None and module is not self.module:
                _Reader(self.modules, module, self.names).block(module.tree.body, certain)

    def _add_to(self, name: ast.AST, owner: list, added: tuple[str, list], certain: bool) -> None:
        """Extend the list `owner` or, if not `certain`, record that it may have been extended."""
        bound = self.names.get(dotted(name))
        if certain or bound is None:
            _add(owner, *added)
        elif added[0] != "remove":
            longer = list(owner)
            _add(longer, *added)
            self.names[dotted(name)] = Bound(longer, bound.module, bound.node, False)

    def _if(self, node: ast.If, certain: bool) -> None:
        test = self.expressions.value(node.test)
        if is_known(test):
            self.block(node.body if test else node.orelse, certain)
            return
        if "__main__" in ast.dump(node.test) or "TYPE_CHECKING" in ast.dump(node.test):
            return
        if "test" in ast.dump(node.test).lower() and "argv" in ast.dump(node.test):
            self.block(node.orelse, certain)  # only during tests
            return
        before = dict(self.names)
        self.block(node.body, False)
        after_body = dict(self.names)
        self._become(before)
        self.block(node.orelse, False)
        after_else = dict(self.names)
        self._become({**before, **_merged(before, after_body, after_else)})

    def _become(self, names: Names) -> None:
        """Replace the names with `names`, in place, because other modules hold the same dict."""
        self.names.clear()
        self.names.update(names)

    def _try(self, node: ast.Try, certain: bool) -> None:
        self.block(node.body, certain)
        for handler in node.handlers:
            if not any(isinstance(part, (ast.Import, ast.ImportFrom)) for part in node.body):
                before = dict(self.names)
                self.block(handler.body, False)
                self._become({**before, **_merged(before, before, dict(self.names))})
        self.block(node.orelse, certain)
        self.block(node.finalbody, certain)

    def _with(self, node: ast.With, certain: bool) -> None:
        for item in node.items:
            call, name = item.context_expr, dotted(item.optional_vars) if item.optional_vars else ""
            if name and isinstance(call, ast.Call) and dotted(call.func).endswith("open"):
                self.opened[name] = call.args[0] if call.args else call.func
        self.block(node.body, certain)

    def _functiondef(self, node: ast.FunctionDef, certain: bool) -> None:
        self.bind(
            node.name, Named(f"{self.module.name}.{node.name}", self.module, node), node, certain
        )

    _asyncfunctiondef = _functiondef
    _classdef = _functiondef

    def _for(self, node: ast.For, certain: bool) -> None:
        before = dict(self.names)
        self._to(node.target, Unknown(), False)
        self.block(node.body, False)
        self._become({**before, **_merged(before, before, dict(self.names))})


def _merged(before: Names, first: Names, second: Names) -> Names:
    """Return the names bound on either of two paths. If both bind a name, the second one counts."""
    found: Names = {}
    for names in (first, second):
        for name, bound in names.items():
            known = found.get(name, before.get(name))
            told = not isinstance(bound.value, Unknown)
            if bound is not before.get(name) and (told or known is None):
                found[name] = bound
    return found


def _add(owner: list, method: str, args: list) -> None:
    if method == "append" and args:
        owner.append(args[0])
    elif method == "insert" and len(args) == 2 and isinstance(args[0], int):
        owner.insert(args[0], args[1])
    elif method == "extend" and args and isinstance(args[0], (list, tuple)):
        owner.extend(args[0])
    elif method == "remove" and args and args[0] in owner:
        owner.remove(args[0])
