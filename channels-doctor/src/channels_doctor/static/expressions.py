"""Evaluate an expression as far as the source allows."""

import ast
import operator
from collections.abc import Callable, Mapping

from channels_doctor.source.tree import Module
from channels_doctor.static import variables
from channels_doctor.static.values import Made, Named, Unknown, is_known

BUILTINS = {"list": list, "tuple": tuple, "dict": dict, "set": set, "str": str, "int": int}
BUILTINS |= {"bool": bool, "float": float, "len": len, "sorted": sorted}
TEXT = ("split", "strip", "lstrip", "rstrip", "lower", "upper", "replace", "format", "join")
TEXT += ("startswith", "endswith", "title", "removeprefix", "removesuffix", "rsplit")
ARITHMETIC = {ast.Add: operator.add, ast.Mod: operator.mod, ast.Mult: operator.mul}
ARITHMETIC |= {ast.Sub: operator.sub, ast.BitOr: operator.or_, ast.FloorDiv: operator.floordiv}
COMPARE = {ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.Gt: operator.gt}
COMPARE |= {ast.LtE: operator.le, ast.GtE: operator.ge, ast.Is: operator.is_}
COMPARE |= {ast.IsNot: operator.is_not}
LARGEST = 10_000  # items or characters in a computed value


class Expressions:
    """Evaluates the expressions in one module. `lookup` returns the value of a name there."""

    def __init__(
        self,
        module: Module,
        lookup: Callable[[str], object],
        member: Callable[[Named, str], object],
        environment: Mapping[str, str],
    ):
        self.module = module
        self.lookup = lookup
        self.member = member
        self.environment = environment

    def value(self, node: ast.AST | None) -> object:
        """Return the value of `node`, or Unknown."""
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if node is None or method is None:
            return Unknown()
        try:
            return method(node)
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
            return Unknown()

    def _constant(self, node: ast.Constant) -> object:
        return node.value

    def _name(self, node: ast.Name) -> object:
        return self.lookup(node.id)

    def _list(self, node: ast.List | ast.Tuple | ast.Set) -> list:
        items = []
        for item in node.elts:
            if isinstance(item, ast.Starred):
                items += as_list(self.value(item.value))
            else:
                items.append(self.value(item))
        return items

    def _tuple(self, node: ast.Tuple) -> object:
        return tuple(self._list(node))

    def _set(self, node: ast.Set) -> object:
        items = self._list(node)
        return set(items) if is_known(items) else items

    def _dict(self, node: ast.Dict) -> object:
        found = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                inner = self.value(value)
                if not isinstance(inner, dict):
                    return Unknown()
                found |= inner
                continue
            name = self.value(key)
            if not is_known(name):
                return Unknown()
            found[name] = self.value(value)
        return found

    def _binop(self, node: ast.BinOp) -> object:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Add) and (isinstance(left, list) or isinstance(right, list)):
            return as_list(left) + as_list(right)
        if not (is_known(left) and is_known(right)):
            return unknown(left, right)
        made = ARITHMETIC[type(node.op)](left, right)
        return made if not hasattr(made, "__len__") or len(made) < LARGEST else Unknown()

    def _boolop(self, node: ast.BoolOp) -> object:
        value, unset = Unknown(), []
        for part in node.values:
            value = self.value(part)
            if isinstance(node.op, ast.Or) and _is_unset(value):
                unset.append(value)
                continue
            if not is_known(value):
                return unknown(value, *unset)
            if bool(value) == isinstance(node.op, ast.Or):
                return value
        return unknown(*unset) if unset and not is_known(value) else value

    def _unaryop(self, node: ast.UnaryOp) -> object:
        value = self.value(node.operand)
        if not is_known(value):
            return unknown(value)
        return not value if isinstance(node.op, ast.Not) else -value

    def _compare(self, node: ast.Compare) -> object:
        left, right = self.value(node.left), self.value(node.comparators[0])
        if len(node.ops) > 1 or not (is_known(left) and is_known(right)):
            return unknown(left, right)
        if type(node.ops[0]) not in COMPARE:
            return (left in right) == isinstance(node.ops[0], ast.In)
        return COMPARE[type(node.ops[0])](left, right)

    def _ifexp(self, node: ast.IfExp) -> object:
        test = self.value(node.test)
        if is_known(test):
            return self.value(node.body if test else node.orelse)
        either = [self.value(node.body), self.value(node.orelse)]
        return Unknown() if any(map(is_known, either)) else unknown(test, *either)

    def _joinedstr(self, node: ast.JoinedStr) -> object:
        values = [self.value(part) for part in node.values]
        return "".join(map(str, values)) if is_known(values) else unknown(*values)

    def _formattedvalue(self, node: ast.FormattedValue) -> object:
        return Unknown() if node.format_spec else self.value(node.value)

    def _subscript(self, node: ast.Subscript) -> object:
        owner = self.value(node.value)
        key = self.value(node.slice)
        if isinstance(owner, Named) and owner.path == "os.environ":
            return variables.read(variables.DEMANDED, [key], {}, self.environment)
        if isinstance(owner, (Named, Made, Unknown)) or not is_known(key):
            return unknown(owner)
        return owner[key]

    def _slice(self, node: ast.Slice) -> object:
        parts = [self.value(part) if part else None for part in (node.lower, node.upper, node.step)]
        return slice(*parts) if is_known(parts) else Unknown()

    def _attribute(self, node: ast.Attribute) -> object:
        owner = self.value(node.value)
        if isinstance(owner, Named):
            return self.member(owner, node.attr)
        if isinstance(owner, Made):
            return Named(f"{owner.path}().{node.attr}", self.module, node)
        return unknown(owner)

    def _await(self, node: ast.Await) -> object:
        return self.value(node.value)

    def _call(self, node: ast.Call) -> object:
        args = self._list(ast.List(node.args, ast.Load()))
        kwargs = {
            keyword.arg: self.value(keyword.value) for keyword in node.keywords if keyword.arg
        }
        if isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
            return self._built_in(node, args, kwargs)
        if isinstance(node.func, ast.Attribute):
            owner = self.value(node.func.value)
            if isinstance(owner, (str, list, dict, tuple)):
                return _method(owner, node.func.attr, args, kwargs)
        function = self.value(node.func)
        if not isinstance(function, Named):
            return unknown(function, *args)
        if variables.is_reader(function.path):
            return variables.read(function.path, args, kwargs, self.environment)
        return Made(function.path, args, kwargs, self.module, node)

    def _built_in(self, node: ast.Call, args: list, kwargs: dict) -> object:
        if any(keyword.arg is None for keyword in node.keywords):
            return Unknown()
        name = node.func.id
        if name in ("dict", "list", "tuple") and not any(
            isinstance(argument, Unknown) for argument in args
        ):
            return BUILTINS[name](*args, **kwargs)
        if not is_known([args, kwargs]):
            return unknown(*args)
        return BUILTINS[name](*args, **kwargs)


def _is_unset(value: object) -> bool:
    """Return whether `value` is an optional variable that isn't set."""
    return isinstance(value, Unknown) and bool(value.variables) and not value.demanded


def as_list(value: object) -> list:
    """Return `value` as a list. If it isn't one, the list contains an unknown value."""
    return list(value) if isinstance(value, (list, tuple)) else [unknown(value)]


def unknown(*values: object) -> Unknown:
    """Return an Unknown that depends on what `values` depend on."""
    from channels_doctor.static.values import demanded_by, variables_of

    whole = list(values)
    return Unknown(tuple(variables_of(whole)), tuple(demanded_by(whole)))


def _method(owner: object, name: str, args: list, kwargs: dict) -> object:
    if isinstance(owner, dict) and name in ("get", "copy", "keys", "values", "items"):
        made = getattr(owner, name)(*args)
        return made if name in ("get", "copy") else list(made)
    if not isinstance(owner, str) or name not in TEXT or not is_known([args, kwargs]):
        return unknown(owner, *args)
    return getattr(owner, name)(*args, **kwargs)
