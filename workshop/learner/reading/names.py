"""Names that are imported, used or looked up, but never defined."""

import ast
import builtins
import contextlib
import importlib
import importlib.util
import symtable
import warnings
from collections.abc import Iterator

from workshop.learner.reading.project import (
    LIKELY,
    SURE,
    Mistake,
    PythonFile,
    SourceProject,
    assigned_names,
    imported_from,
    names_bound_by,
    nodes,
)
from workshop.learner.reading.slips.packages import home_of
from workshop.learner.reading.spelling import guess, nearest

READABLE = ("channels", "daphne", "django", "asgiref", "channels_redis")
OF_A_CONNECTION = {
    "base_receive", "base_send", "channel_layer", "channel_name", "channel_receive", "groups",
    "scope", "channel_layer_alias",
}  # fmt: skip
OF_FIELDS = {
    "values_list", "values", "select_related", "prefetch_related", "order_by", "only", "defer",
    "distinct",
}  # fmt: skip
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
OF_A_MODULE = {"__file__", "__name__", "__doc__", "__path__", "__package__", "__spec__"}


def check(project: SourceProject, reference: SourceProject) -> Iterator[Mistake]:
    for file in project.python.values():
        yield from _imports(project, reference, file)
        yield from _other_user(project, file)
        yield from _undefined(project, reference, file)
        yield from _used_above(file)
        yield from _used_before(file)
        yield from _of_modules(project, file)
        yield from _of_self(project, reference, file)


def _imports(project, reference, file: PythonFile) -> Iterator[Mistake]:
    for node in nodes(file.tree):
        if isinstance(node, ast.ImportFrom) and imported_from(file, node):
            yield from _imported_from(project, reference, file, node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module_missing(project, reference, file, node, alias.name)


def _other_user(project: SourceProject, file: PythonFile) -> Iterator[Mistake]:
    """Yield imports of Django's user model in a project that has its own."""
    settings = project.settings
    if not settings or "AUTH_USER_MODEL" not in assigned_names(settings.tree):
        return
    for node in nodes(file.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.contrib.auth.models":
            if "User" in [alias.name for alias in node.names]:
                says = "This is Django's own user model, which your project replaces: write "
                says += "`from chat_app.models import User`."
                yield Mistake("other-user", says, file.at(node), words=("has been swapped",))


def _imported_from(project, reference, file, node: ast.ImportFrom) -> Iterator[Mistake]:
    module = imported_from(file, node)
    if missing := list(_module_missing(project, reference, file, node, module)):
        yield from missing
        return
    known = names_of(project, module)
    first = module.partition(".")[0]
    if known is None:
        return
    for alias in node.names:
        if alias.name in known or alias.name == "*":
            continue
        dotted = f"{module}.{alias.name}"
        if _is_module(project, dotted):
            continue
        where = _where(project, module)
        says = f"{where} doesn't define {alias.name}."
        near = nearest(alias.name, known)
        if near:
            says = f"{where} defines `{near}`, but {file.path} imports `{alias.name}`."
        elif others := _same_kind(alias.name, known):
            says = f"{where} calls it `{others}`, but {file.path} imports `{alias.name}`."
        elif found := _elsewhere(project, alias.name):
            says = f"{where} doesn't define {alias.name}, but {found} does."
        elif home := home_of(alias.name, first) if first in READABLE else "":
            says = f"{where} doesn't define {alias.name}. Write `from {home} import {alias.name}`."
        place = _place_to_type(project, reference, file, node, alias.name, near)
        yield Mistake("missing-name", says, place, about=alias.name, words=(alias.name,))


def _place_to_type(project, reference, file, node, name: str, near: str | None):
    """Return the definition instead of the import, if it's the definition that's misspelt."""
    module = imported_from(file, node)
    ours, theirs = reference.module(module), project.module(module)
    if not (ours and theirs and name in assigned_names(ours.tree)):
        return file.at(node)
    defined = assigned_names(theirs.tree)
    near = near or _same_kind(name, set(defined))
    return theirs.at(defined[near][-1]) if near in defined else file.at(node)


def _same_kind(name: str, known: set[str]) -> str:
    """Return the only known name that `name` ends with, or that ends with `name`."""
    found = [
        known_name
        for known_name in known
        if len(known_name) > 3
        and (name.endswith(f"_{known_name}") or known_name.endswith(f"_{name}"))
    ]
    return found[0] if len(found) == 1 else ""


def _module_missing(project, reference, file, node, dotted: str) -> Iterator[Mistake]:
    first = dotted.partition(".")[0]
    ours = {path.partition("/")[0].removesuffix(".py") for path in project.paths}
    if first in ours:
        if not project.has_module(dotted):
            near = guess(dotted, _modules(project))
            says = f"{file.path} imports {dotted}, but there's no such file.{near}"
            yield Mistake("missing-module", says, file.at(node), about=dotted, words=(dotted,))
        return
    if _is_installed(dotted):
        return
    expected = {path.partition("/")[0] for path in reference.paths} | set(READABLE)
    near = guess(dotted, {*expected, *_modules(project), *_imported_by(reference)})
    wanted = [alias.name for alias in node.names] if isinstance(node, ast.ImportFrom) else []
    if home := home_of(wanted[0], first) if wanted and first in READABLE else "":
        near = f" Write `from {home} import {wanted[0]}`."
    says = f"{file.path} imports {dotted}, but there's no such module.{near}"
    certainty = SURE if near else LIKELY
    yield Mistake("missing-module", says, file.at(node), "", dotted, certainty, (dotted,))


def _undefined(project, reference, file: PythonFile) -> Iterator[Mistake]:
    """Yield the names that the module uses but doesn't define."""
    with contextlib.suppress(SyntaxError), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an invalid escape isn't an error
        table = symtable.symtable(file.text, file.path, "exec")
        known = set(assigned_names(file.tree)) | set(dir(builtins)) | OF_A_MODULE
        for node in nodes(file.tree):
            known |= set(node.names) if isinstance(node, ast.Global) else set()
        if _imports_everything(file.tree):
            return
        unknown = {name for name in _globals_used(table) if name not in known}
        for node in nodes(file.tree):
            if isinstance(node, ast.Name) and node.id in unknown and not _is_local(file, node):
                unknown.discard(node.id)
                says = f"{node.id} is used here, but nothing in {file.path} defines it."
                place = file.at(node)
                if holder := _holder_around(file, node):
                    says = f"{node.id} is used below, but nothing defines it: end this "
                    says += f"`{holder[0]} …` with `as {node.id}:`."
                    place = file.at(holder[1])
                else:
                    says += _how_to_define(project, reference, file, node, known)
                yield Mistake("undefined-name", says, place, about=node.id, words=(node.id,))


def _used_above(file: PythonFile) -> Iterator[Mistake]:
    """Yield names that a module uses above the line that assigns them."""
    defined = assigned_names(file.tree)
    done = set(dir(builtins))
    for statement in file.tree.body:
        inside = nodes(statement) if isinstance(statement, ast.Assign | ast.Expr) else ()
        for node in inside if not any(isinstance(one, ast.Lambda) for one in inside) else ():
            is_read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            if not is_read or node.id in done or node.id not in defined:
                continue
            if _is_of_comprehension(statement, node.id):
                continue
            line = defined[node.id][0].lineno
            says = f"{node.id} is only assigned below, in line {line}: move that line above this "
            says += "one."
            yield Mistake("used-above", says, file.at(node), "", node.id, SURE, (node.id,))
            done.add(node.id)
        done |= set(names_bound_by(statement))


def _used_before(file: PythonFile) -> Iterator[Mistake]:
    """Yield variables of a function that are used in a line above the one that sets them."""
    for function in nodes(file.tree):
        if not isinstance(function, FUNCTIONS):
            continue
        stores = [node for node in nodes(function) if _is_store(node)]
        for block in (getattr(node, "body", None) for node in nodes(function)):
            for before, after in _neighbours(block):
                for name in names_bound_by(after) if isinstance(after, ast.Assign) else ():
                    if len([node for node in stores if node.id == name]) > 1:
                        continue
                    if _reads(before, name) and name not in _parameters_of(function):
                        says = f"{name} is only set below, in line {after.lineno}: move that line "
                        says += "above this one."
                        words = (f"'{name}'",)
                        yield Mistake("used-above", says, file.at(before), "", name, SURE, words)


def _neighbours(block) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    """Yield each plain statement of a block with each later one, up to the end of the block."""
    if isinstance(block, list) and all(isinstance(node, ast.stmt) for node in block):
        for place, before in enumerate(block):
            if isinstance(before, ast.Expr | ast.Assign | ast.Return | ast.AugAssign):
                yield from ((before, after) for after in block[place + 1 :])


def _reads(statement: ast.stmt, name: str) -> bool:
    inside = nodes(statement)
    if any(isinstance(node, ast.Lambda | ast.comprehension) for node in inside):
        return False
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for node in inside
    )


def _parameters_of(function: ast.AST) -> set[str]:
    found = {node.arg for node in nodes(function) if isinstance(node, ast.arg)}
    given = [node.names for node in nodes(function) if isinstance(node, ast.Global | ast.Nonlocal)]
    return found | {name for names in given for name in names}


def _is_of_comprehension(statement: ast.stmt, name: str) -> bool:
    return any(_is_store(node) and node.id == name for node in nodes(statement))


def _how_to_define(project, reference, file, node: ast.Name, known: set[str]) -> str:
    name = node.id
    if handler := _handler_around(file, node):
        return f" Write `except {ast.unparse(handler.type)} as {name}:` in line {handler.lineno}."
    if lacking := _lacks_parameter(reference, file, node):
        return f" Add it to the parameters of {lacking}()."
    if quoted := _as_field(file, node):
        return f" A query takes the names of fields in quotes: write `{quoted}`."
    owner = _class_around(file.tree, node)
    if owner and name in attributes_of(project, file, owner):
        return f" Did you forget `self.`: `self.{name}`?"
    if line := _import_of(reference, name):
        return f" Add `{line}` at the top."
    local = {node.id for node in nodes(file.tree) if isinstance(node, ast.Name)} - {name}
    local |= {node.arg for node in nodes(file.tree) if isinstance(node, ast.arg)}
    return guess(name, [*(known - set(dir(builtins))), *local, *dir(builtins)])


def _holder_around(file: PythonFile, node: ast.Name) -> tuple[str, ast.stmt] | None:
    """Return the `with` around a name that is called like what it opens, but without `as`."""
    for statement in nodes(file.tree):
        if not isinstance(statement, ast.With | ast.AsyncWith):
            continue
        is_inside = any(inner is node for part in statement.body for inner in nodes(part))
        for item in statement.items if is_inside else ():
            name = node.id.replace("_", "").casefold()
            text = ast.unparse(item.context_expr).replace("_", "").casefold()
            if not item.optional_vars and name in text:
                word = "with" if isinstance(statement, ast.With) else "async with"
                return word, statement
    return None


def _as_field(file: PythonFile, node: ast.Name) -> str:
    """Return a name in quotes, if it's passed to a method that takes the names of fields."""
    for call in nodes(file.tree):
        if not isinstance(call, ast.Call) or getattr(call.func, "attr", "") not in OF_FIELDS:
            continue
        for value in call.args:
            inner = value.operand if isinstance(value, ast.UnaryOp) else value
            if inner is node:
                return f'"-{node.id}"' if inner is not value else f'"{node.id}"'
    return ""


def _handler_around(file: PythonFile, wanted: ast.Name) -> ast.ExceptHandler | None:
    """Return the `except …:` around a name, if it doesn't name the exception."""
    for node in nodes(file.tree):
        if isinstance(node, ast.ExceptHandler) and node.type and not node.name:
            if any(inner is wanted for part in node.body for inner in nodes(part)):
                return node
    return None


def _is_local(file: PythonFile, node: ast.Name) -> bool:
    """Return whether a function around `node` has a parameter or variable of that name."""
    for function in _functions_around(file.tree, node):
        bound = {argument.arg for argument in nodes(function) if isinstance(argument, ast.arg)}
        bound |= {other.id for other in nodes(function) if _is_store(other)}
        if node.id in bound:
            return True
    return False


def _lacks_parameter(reference: SourceProject, file: PythonFile, node: ast.Name) -> str:
    """Return the function around `node` that lacks the step's parameter of that name, or ""."""
    ours = reference.python.get(file.path)
    around = {function.name for function in _functions_around(file.tree, node)}
    for function in nodes(ours.tree) if ours and around else []:
        is_same = isinstance(function, FUNCTIONS) and function.name in around
        if is_same and node.id in [argument.arg for argument in function.args.args]:
            return function.name
    return ""


def _functions_around(tree: ast.Module, wanted: ast.AST) -> list[ast.AST]:
    return [
        function
        for function in nodes(tree)
        if isinstance(function, FUNCTIONS) and any(node is wanted for node in nodes(function))
    ]


def _of_modules(project, file: PythonFile) -> Iterator[Mistake]:
    """Yield attributes that don't exist in a module of the project or of a package."""
    modules = {}
    for node in nodes(file.tree):
        if isinstance(node, ast.ImportFrom) and imported_from(file, node):
            for alias in node.names:
                dotted = f"{imported_from(file, node)}.{alias.name}"
                if project.module(dotted) or _module_of(dotted):
                    modules[alias.asname or alias.name] = dotted
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if "." not in alias.name or alias.asname:
                    modules[alias.asname or alias.name] = alias.name
    for node in nodes(file.tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
            continue
        dotted = modules.get(node.value.id)
        known = dotted and names_of(project, dotted)
        if known and node.attr not in known and not _is_module(project, f"{dotted}.{node.attr}"):
            near = guess(node.attr, known)
            says = f"{_where(project, dotted)} has no {node.attr}.{near}"
            yield Mistake("missing-name", says, file.at(node), about=node.attr, words=(node.attr,))


def _of_self(project, reference, file: PythonFile) -> Iterator[Mistake]:
    for owner in classes(file.tree):
        known = attributes_of(project, file, owner)
        if not known:
            continue
        known |= _attributes_of_heirs(project, owner.name)
        seen = set()
        for node in nodes(owner):
            if not is_of_self(node) or not isinstance(node.ctx, ast.Load) or node.attr in seen:
                continue
            if node.attr in known:
                continue
            seen.add(node.attr)
            near = guess(node.attr, known)
            says = f"{owner.name} has no attribute {node.attr}.{near}"
            if around := _with_variable(owner, node):
                says = f"{node.attr} is a variable of {around}(), not an attribute of self: write "
                near = f"`{node.attr}`, without `self.`."
                says += near
            certainty = SURE if near else LIKELY
            words = (f"'{node.attr}'",)
            place = file.at(node)
            if not near and (other := _renamed(reference, file, owner, node.attr)):
                says = f"Other methods read self.{node.attr}, but here it's called `{other.attr}`: "
                says += "use one name for both."
                place = file.at(other)
            elif not near and _is_gone(reference, file, owner, node.attr):
                says += " The code of this step doesn't use it any more: is this line from the step"
                says += " before?"
            yield Mistake("missing-attribute", says, place, "", node.attr, certainty, words)


def _with_variable(owner: ast.ClassDef, wanted: ast.Attribute) -> str:
    """Return the method around an attribute of self, if it has a variable of that name."""
    for method in owner.body:
        if isinstance(method, FUNCTIONS) and any(node is wanted for node in nodes(method)):
            own = {node.arg for node in nodes(method) if isinstance(node, ast.arg)}
            own |= {node.id for node in nodes(method) if _is_store(node)}
            return method.name if wanted.attr in own else ""
    return ""


def _attributes_of_heirs(project: SourceProject, name: str) -> set[str]:
    """Return the attributes that a class's subclasses have, which its methods may use."""
    found = set()
    for file in project.python.values():
        for owner in classes(file.tree):
            bases = [ast.unparse(base).rpartition(".")[2] for base in owner.bases]
            if name in bases and owner.name != name:
                found |= {node.attr for node in nodes(owner) if is_of_self(node) and is_set(node)}
                found |= {name for statement in owner.body for name in names_bound_by(statement)}
                found |= _attributes_of_heirs(project, owner.name)
    return found


def _renamed(reference, file: PythonFile, owner: ast.ClassDef, name: str) -> ast.Attribute | None:
    """Return where a class sets a differently named attribute instead of the step's `name`."""
    ours = reference.python.get(file.path)
    wanted = {node.attr for node in nodes(ours.tree) if is_of_self(node)} if ours else set()
    if name not in wanted:
        return None
    for node in nodes(owner):
        if is_of_self(node) and is_set(node) and node.attr not in wanted:
            if name.endswith(f"_{node.attr}") or node.attr.endswith(f"_{name}"):
                return node
    return None


def _is_gone(reference, file: PythonFile, owner: ast.ClassDef, name: str) -> bool:
    """Return whether the step has a class of that name, which doesn't use an attribute."""
    ours = reference.python.get(file.path)
    same = [one for one in classes(ours.tree) if one.name == owner.name] if ours else []
    used = [node.attr for one in same for node in nodes(one) if is_of_self(node)]
    return bool(same) and name not in used


def is_of_self(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def classes(tree: ast.AST) -> list[ast.ClassDef]:
    return [node for node in nodes(tree) if isinstance(node, ast.ClassDef)]


def attributes_of(project: SourceProject, file: PythonFile, owner: ast.ClassDef) -> set[str]:
    """Return all attributes of a class's instances, or an empty set if a base is unknown."""
    known = {node.attr for node in nodes(owner) if is_of_self(node) and is_set(node)}
    for statement in owner.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            known.add(statement.name)
        else:
            known |= {node.id for node in nodes(statement) if _is_store(node)}
    for base in owner.bases:
        inherited = _attributes_of_base(project, file, base)
        if inherited is None:
            return set()
        known |= inherited
    return known | set(dir(object))


def base_attributes(project: SourceProject, file: PythonFile, owner: ast.ClassDef) -> set[str]:
    """Return the attributes that a class inherits, or an empty set if a base is unknown."""
    found = [_attributes_of_base(project, file, base) for base in owner.bases]
    return set() if None in found else set().union(*found)


def is_set(node: ast.AST) -> bool:
    return isinstance(node.ctx, ast.Store)


def _attributes_of_base(project, file, base: ast.expr) -> set[str] | None:
    if not isinstance(base, ast.Name):
        return None
    for statement in nodes(file.tree):
        if isinstance(statement, ast.ClassDef) and statement.name == base.id:
            return attributes_of(project, file, statement) or None
        if not isinstance(statement, ast.ImportFrom):
            continue
        for alias in statement.names:
            if (alias.asname or alias.name) == base.id:
                module = imported_from(file, statement)
                return _attributes_of_imported(project, module, alias.name)
    return None


def _attributes_of_imported(project, dotted: str, name: str) -> set[str] | None:
    if other := project.module(dotted):
        for owner in classes(other.tree):
            if owner.name == name:
                return attributes_of(project, other, owner) or None
        return None
    found = getattr(_module_of(dotted), name, None)
    if not isinstance(found, type):
        return None
    if not _is_consumer(found):
        return None  # it may set attributes that only its source shows
    return set(dir(found)) | OF_A_CONNECTION


def _is_consumer(found: type) -> bool:
    return any(base.__name__ in ("AsyncConsumer", "SyncConsumer") for base in found.__mro__)


def names_of(project: SourceProject, dotted: str) -> set[str] | None:
    """Return the names that the module `dotted` defines, or None if they aren't known."""
    if file := project.module(dotted):
        if _imports_everything(file.tree):
            return None
        return set(assigned_names(file.tree)) | OF_A_MODULE
    module = _module_of(dotted)
    return set(dir(module)) if module else None


def _module_of(dotted: str):
    if dotted.partition(".")[0] not in READABLE and dotted not in ("json", "os", "re", "asyncio"):
        return None
    if dotted in ("django.conf.settings", "django.contrib.admin"):
        return None
    with contextlib.suppress(Exception):
        return importlib.import_module(dotted)
    return None


def _is_installed(dotted: str) -> bool:
    try:
        return importlib.util.find_spec(dotted) is not None
    except ModuleNotFoundError:
        return False
    except Exception:  # a package that cannot be imported without settings
        return True


def _is_module(project: SourceProject, dotted: str) -> bool:
    """Return whether a module is in the project, or else installed.

    A module in the project hides an installed package of the same name.
    """
    is_own = project.has_module(dotted.partition(".")[0])
    return project.has_module(dotted) if is_own else _is_installed(dotted)


def _where(project: SourceProject, dotted: str) -> str:
    file = project.module(dotted)
    return file.path if file else dotted


def _elsewhere(project: SourceProject, name: str) -> str:
    found = [
        file.path
        for file in project.python.values()
        for statement in assigned_names(file.tree).get(name, [])[:1]
        if not isinstance(statement, ast.Import | ast.ImportFrom)
    ]
    return found[0] if len(found) == 1 else ""


def _modules(project: SourceProject) -> list[str]:
    return [path.removesuffix(".py").replace("/", ".") for path in project.python]


def _imported_by(reference: SourceProject) -> set[str]:
    return {
        node.module
        for file in reference.python.values()
        for node in nodes(file.tree)
        if isinstance(node, ast.ImportFrom) and node.module
    }


def _import_of(reference: SourceProject, name: str) -> str:
    for file in reference.python.values():
        for node in nodes(file.tree):
            if isinstance(node, ast.ImportFrom | ast.Import):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        if isinstance(node, ast.Import):
                            return f"import {alias.name}"
                        return f"from {node.module} import {alias.name}"
    return ""


def _globals_used(table: symtable.SymbolTable) -> set[str]:
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and symbol.is_global()
    }
    if table.get_type() == "module":
        found = {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and not symbol.is_assigned() and not symbol.is_imported()
        }
    for child in table.get_children():
        found |= _globals_used(child)
    return found


def _imports_everything(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in nodes(tree)
    )


def _is_store(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _class_around(tree: ast.Module, wanted: ast.AST) -> ast.ClassDef | None:
    for owner in classes(tree):
        if any(node is wanted for node in nodes(owner)):
            return owner
    return None
