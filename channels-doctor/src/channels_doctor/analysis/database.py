"""The database in async code: synchronous queries, and lazy querysets that are evaluated late."""

import ast
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.source.consumers import Function
from channels_doctor.source.names import absolute, called, decorators, functions_of
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

WRAPPERS = {"database_sync_to_async", "sync_to_async"}
LAZY = {
    "all", "filter", "exclude", "order_by", "select_related", "prefetch_related", "values", "only",
    "values_list", "annotate", "distinct", "reverse", "defer", "none", "using", "union", "dates",
}  # fmt: skip
READS = {
    "get", "create", "first", "last", "count", "exists", "save", "delete", "update", "aggregate",
    "get_or_create", "update_or_create", "bulk_create", "bulk_update", "earliest", "latest",
    "in_bulk", "create_user", "contains",
}  # fmt: skip
CONSUMED_BY = {"list", "tuple", "set", "len", "bool", "sorted", "sum", "max", "min", "any", "all"}
SHORTCUTS = {
    "django.shortcuts.get_object_or_404", "django.shortcuts.get_list_or_404",
    "django.contrib.auth.authenticate", "django.contrib.auth.get_user",
}  # fmt: skip
NARROWED_BY = {"filter", "exclude"}
OF_A_ROW = {"save", "delete", "refresh_from_db"}
READERS = {"aget", "afirst", "alast", "acreate", "aearliest", "alatest", "get", "first", "last"}


def check(tree: Tree) -> Iterator[Finding]:
    """P38."""
    functions = functions_of(tree)
    keys = _foreign_keys(tree)
    for module in tree:
        for function in module.functions:
            if isinstance(function, ast.AsyncFunctionDef):
                rows = _rows(module, function, tree, functions)
                yield from _asked_directly(module, function, rows)
                yield from _asked_below(module, function, functions)
                yield from _related(module, function, keys, rows)
            elif isinstance(function, ast.FunctionDef):
                yield from _returned_lazily(module, function, tree)


def manager_call(node: ast.AST) -> str:
    """Return the last method of a chain that begins with a model's manager, or ""."""
    if isinstance(node, ast.Subscript):
        return "[]" if manager_call(node.value) in LAZY | {"[]"} else ""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    return node.func.attr if _is_on_manager(node.func.value) else ""


def _is_on_manager(node: ast.AST) -> bool:
    while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute):
            if node.attr in ("objects", "_default_manager"):
                return True
            node = node.value
        else:
            node = node.func if isinstance(node, ast.Call) else node.value
    return False


def is_lazy(node: ast.AST) -> bool:
    """Return whether `node` is a queryset that hasn't been evaluated yet."""
    name = manager_call(node)
    if name == "[]":
        return isinstance(node.slice, ast.Slice)
    return name in LAZY or (_method_of(node) in LAZY and _is_narrowed(node))


def _method_of(node: ast.AST) -> str:
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return node.func.attr if is_method else ""


def _is_narrowed(node: ast.AST) -> bool:
    """Return whether the call chain in `node` contains `filter` or `exclude`."""
    while isinstance(node, (ast.Call, ast.Attribute, ast.Subscript)):
        if _method_of(node) in NARROWED_BY:
            return True
        node = node.func if isinstance(node, ast.Call) else node.value
    return False


def _asked_directly(
    module: Module, function: ast.AsyncFunctionDef, rows: dict[str, str]
) -> Iterator[Finding]:
    """Return what runs a query right there; `rows` are the names of fetched rows."""
    nodes = own_nodes(function)
    querysets = {
        dotted(target)
        for node in nodes
        if isinstance(node, ast.Assign) and is_lazy(node.value)
        for target in node.targets
        if dotted(target)
    }
    rows = {*rows, *_users(function)}
    awaited = {id(node.value) for node in nodes if isinstance(node, ast.Await)}
    told: set[int] = set()
    for node in nodes:
        place = _asks(module, node, querysets)
        if place is None and id(node) not in awaited and _is_written(node, rows):
            place = node
        if place is not None and place.lineno not in told:
            told.add(place.lineno)
            yield finding(
                "P38",
                f"{function.name} is an async def, but queries the database with {_short(place)}.",
                module.place(place),
                found_by="source",
                about=function.name,
            )


def _asked_below(
    module: Module, function: ast.AsyncFunctionDef, functions: dict
) -> Iterator[Finding]:
    """A call to one of the project's synchronous functions, which makes a query."""
    for node in own_nodes(function):
        found = called(functions, module, node) if isinstance(node, ast.Call) else None
        if not found or not isinstance(found[1], ast.FunctionDef) or found[1].decorator_list:
            continue
        asks = (_asks(found[0], part, set()) for part in own_nodes(found[1]))
        asks = (part for part in asks if part and not _is_fetched_with_a_row(part))
        if query := next(asks, None):
            yield finding(
                "P38",
                f"{function.name} is an async def, but calls {found[1].name}, which queries the "
                f"database with {_short(query)}.",
                module.place(node),
                fix=f"Call it in a thread: `await database_sync_to_async({found[1].name})(…)`.",
                found_by="source",
                about=function.name,
            )


def _is_fetched_with_a_row(query: ast.AST) -> bool:
    """Return whether `query` reads a row's related rows, which may already be fetched."""
    called = dotted(query.func) if isinstance(query, ast.Call) else ""
    return ".objects" not in ast.unparse(query) and called.endswith(".all")


def _users(function: ast.AsyncFunctionDef) -> set[str]:
    """Return how `function` refers to its socket's user, who is also a row."""
    found = {"self.scope['user']", "self.user"}
    for node in own_nodes(function):
        if isinstance(node, ast.Assign) and ast.unparse(node.value) == "self.scope['user']":
            found |= {ast.unparse(target) for target in node.targets}
    return found


def _is_written(node: ast.AST, rows: set[str]) -> bool:
    """Return whether `node` saves, deletes or reloads one of the `rows`."""
    return _method_of(node) in OF_A_ROW and ast.unparse(node.func.value) in rows


def _asks(module: Module, node: ast.AST, querysets: set[str]) -> ast.AST | None:
    """Return the part of `node` that runs a query right there, or None."""
    if isinstance(node, ast.Call):
        name = dotted(node.func)
        if manager_call(node) in READS or absolute(module, name) in SHORTCUTS:
            return node
        if _method_of(node) in READS and _is_narrowed(node.func.value):
            return node
        if isinstance(node.func, ast.Attribute) and dotted(node.func.value) in querysets:
            return node if node.func.attr in READS else None
        if name in CONSUMED_BY and node.args and _is_read(node.args[0], querysets):
            return node
    if isinstance(node, ast.For) and _is_read(node.iter, querysets):
        return node.iter
    if isinstance(node, ast.Compare) and type(node.ops[0]).__name__.endswith("In"):
        return node if _is_read(node.comparators[0], querysets) else None
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        for part in node.generators:
            if not part.is_async and _is_read(part.iter, querysets):
                return part.iter
    return None


def _is_read(node: ast.AST, querysets: set[str]) -> bool:
    related = _method_of(node) == "all" and not node.args and not node.keywords
    related = related and isinstance(node.func.value, ast.Attribute)
    return is_lazy(node) or related or dotted(node) in querysets


def _short(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _returned_lazily(module: Module, function: ast.FunctionDef, tree: Tree) -> Iterator[Finding]:
    """A wrapped function returns a queryset, and its caller evaluates it outside the thread."""
    if not decorators(function) & WRAPPERS:
        return
    local = {
        target.id
        for node in own_nodes(function)
        if isinstance(node, ast.Assign) and is_lazy(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in own_nodes(function):
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        if not _is_read(node.value, local) or not _caller_reads(tree, function.name):
            continue
        yield finding(
            "P38",
            f"{function.name} returns an unevaluated queryset, which its caller evaluates in "
            "the event loop.",
            module.place(node),
            fix="Evaluate it in that function: `return list(…)`.",
            found_by="source",
            about=function.name,
        )


def _caller_reads(tree: Tree, name: str) -> bool:
    """Return whether an async function evaluates what `await name(…)` returns in its event loop."""
    for module in tree:
        if name not in module.text:
            continue
        for function in module.functions:
            if isinstance(function, ast.AsyncFunctionDef) and _reads_result(function, name):
                return True
    return False


def _reads_result(function: ast.AsyncFunctionDef, name: str) -> bool:
    results = {
        target.id
        for node in own_nodes(function)
        if isinstance(node, ast.Assign) and _awaits(node.value, name)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    def is_result(node: ast.AST) -> bool:
        return _awaits(node, name) or dotted(node) in results

    for node in own_nodes(function):
        if isinstance(node, ast.For) and is_result(node.iter):
            return True
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            if any(not part.is_async and is_result(part.iter) for part in node.generators):
                return True
        if isinstance(node, ast.Call) and node.args and is_result(node.args[0]):
            if dotted(node.func) in CONSUMED_BY | {"json.dumps"}:
                return True
        if isinstance(node, (ast.If, ast.IfExp)) and is_result(node.test):
            return True
    return False


def _awaits(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Await) or not isinstance(node.value, ast.Call):
        return False
    return dotted(node.value.func).rpartition(".")[2] == name


def _foreign_keys(tree: Tree) -> dict[str, set[str]]:
    """Return the foreign keys of each model in the project."""
    found: dict[str, set[str]] = {}
    for module in tree:
        for node in module.nodes:
            if not isinstance(node, ast.ClassDef):
                continue
            for part in node.body:
                if isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
                    kind = dotted(part.value.func).rpartition(".")[2]
                    if kind in ("ForeignKey", "OneToOneField"):
                        found.setdefault(node.name, set()).add(dotted(part.targets[0]))
    return found


def _rows(module: Module, function, tree: Tree, functions: dict) -> dict[str, str]:
    """Return {name: its model's name} for the names in `function` that refer to a row."""
    found: dict[str, str] = {}
    for node in own_nodes(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            value = node.value.value if isinstance(node.value, ast.Await) else None
            if model := _model_of(module, value, tree, functions):
                found[node.targets[0].id] = model
        elif isinstance(node, ast.AsyncFor) and isinstance(node.target, ast.Name):
            if model := _plain_model(node.iter):
                found[node.target.id] = model
    return found


def _model_of(module: Module, node: ast.AST | None, tree: Tree, functions: dict) -> str:
    """Return the model of the row that `await node` returns, if nothing was prefetched; or ""."""
    if node is None:
        return ""
    if manager_call(node) in READERS:
        return _plain_model(node) if manager_call(node) != "acreate" else ""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Call) and dotted(node.func.func).rpartition(".")[2] in WRAPPERS:
        wrapped = node.func.args[0] if node.func.args else None
        reads = isinstance(wrapped, ast.Attribute) and wrapped.attr in READERS
        return _plain_model(wrapped) if reads and _is_on_manager(wrapped) else ""
    name = dotted(node.func)
    found = called(functions, module, node)
    method = found[1] if found else _method(module, name)
    if method is None or not decorators(method) & WRAPPERS:
        return ""
    returned = [
        part.value for part in own_nodes(method) if isinstance(part, ast.Return) and part.value
    ]
    models = {_model_read(value) for value in returned}
    return models.pop() if len(models) == 1 else ""


def _model_read(node: ast.AST) -> str:
    """Return the model of the row that `node` reads, or ""."""
    if isinstance(node, ast.Call) and dotted(node.func).endswith("get_object_or_404"):
        return dotted(node.args[0]).rpartition(".")[2] if node.args else ""
    return _plain_model(node) if manager_call(node) in READERS else ""


def _method(module: Module, name: str) -> Function | None:
    if not name.startswith("self.") or name.count(".") != 1:
        return None
    named = [function for function in module.functions if getattr(function, "name", "") == name[5:]]
    return named[0] if len(named) == 1 else None


def _plain_model(node: ast.AST) -> str:
    """Return the model at the beginning of a chain without select_related, or ""."""
    text = ast.unparse(node)
    if "select_related" in text or "prefetch_related" in text or ".objects" not in text:
        return ""
    return text.partition(".objects")[0].rpartition(".")[2]


def _related(
    module, function, keys: dict[str, set[str]], rows: dict[str, str]
) -> Iterator[Finding]:
    """Following a row's foreign key, which runs another query."""
    told = {
        f"{name}.{key}" for name in _run_elsewhere(function) for key in keys.get(rows.get(name), ())
    }
    for node in own_nodes(function):
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Attribute):
            continue
        row = node.value.value
        model = rows.get(row.id, "") if isinstance(row, ast.Name) else ""
        text = f"{dotted(row)}.{node.value.attr}"
        if node.value.attr in keys.get(model, ()) and text not in told:
            told.add(text)
            yield finding(
                "P38",
                f"{text} is another row: reading it queries the database in an async def.",
                module.place(node),
                fix=f"Fetch it with the first: `.select_related({node.value.attr!r})`.",
                found_by="source",
                about=function.name,
            )


def _run_elsewhere(function: ast.AsyncFunctionDef) -> set[str]:
    """Return the rows with a method that runs in a thread, where it may load other rows."""
    found = set()
    for node in own_nodes(function):
        if not isinstance(node, ast.Call) or dotted(node.func).rpartition(".")[2] not in WRAPPERS:
            continue
        method = node.args[0] if node.args else None
        if isinstance(method, ast.Attribute) and method.attr not in OF_A_ROW:
            found.add(dotted(method.value))
    return found
