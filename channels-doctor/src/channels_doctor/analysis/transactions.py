"""Find events that are sent before their transaction is committed."""

import ast
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.source.calls import LayerCall
from channels_doctor.source.names import decorators
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

SIGNALS = ("post_save", "pre_save", "m2m_changed", "post_delete", "pre_delete")
OF_VIEWSETS = ("perform_create", "perform_update", "perform_destroy", "form_valid")
WRITES = ("create", "bulk_create", "get_or_create", "update_or_create", "update")
ATOMIC = ("transaction.atomic", "atomic")


def check(tree: Tree, calls: list[LayerCall], atomic_requests: bool) -> Iterator[Finding]:
    """P61: an event is sent before others can see the row it's about."""
    receivers = {id(function) for module in tree for function in _receivers(module)}
    for call in calls:
        function = call.function
        if call.method != "group_send" or not isinstance(
            function, (ast.FunctionDef, ast.AsyncFunctionDef)
        ):
            continue
        if _after_commit(function, call.node):
            continue
        where, certain = _where(call, receivers)
        if not where and atomic_requests and _is_view(function) and _writes(function):
            where, certain = "in a view that writes, with ATOMIC_REQUESTS", True
        if where:
            yield finding(
                "P61",
                f"{function.name} sends {where}, which may be before the commit.",
                call.module.place(call.node),
                severity="" if certain or atomic_requests else "note",
                condition="when the receiver is faster than the commit, or after a rollback",
                found_by="source",
                about=function.name,
            )


def _receivers(module: Module) -> Iterator[ast.AST]:
    """Yield the functions that a model's signals call."""
    connected = {
        dotted(node.args[0])
        for node in module.nodes
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "connect"
        and dotted(node.func.value).rpartition(".")[2] in SIGNALS
    }
    for function in module.functions[1:]:
        texts = [ast.unparse(part) for part in function.decorator_list]
        if function.name in connected or any(
            "receiver" in text and any(signal in text for signal in SIGNALS) for text in texts
        ):
            yield function


def _where(call: LayerCall, receivers: set[int]) -> tuple[str, bool]:
    """Return where the event is sent, and whether a transaction must be open there."""
    function = call.function
    if "atomic" in decorators(function):
        return "in an atomic function", True
    for node in own_nodes(function):
        if isinstance(node, ast.With):
            names = [dotted(item.context_expr).removesuffix("()") for item in node.items]
            inside = any(part is call.node for below in node.body for part in ast.walk(below))
            if inside and any(name.endswith(ATOMIC) for name in names):
                return "inside of atomic()", True
    if id(function) in receivers:
        return "in a receiver of a model signal", False
    arguments = [argument.arg for argument in function.args.args]
    calls_super = any(
        isinstance(node, ast.Call) and dotted(node.func) == "super().save"
        for node in own_nodes(function)
    )
    if function.name == "save" and arguments[:1] == ["self"] and calls_super:
        return "in a model's save()", False
    return "", False


def _is_view(function: ast.AST) -> bool:
    """Return whether Django or Django REST framework calls `function` to handle a request."""
    names = [argument.arg for argument in function.args.args]
    if names[:1] == ["request"]:
        return True
    return names[:1] == ["self"] and (names[1:2] == ["request"] or function.name in OF_VIEWSETS)


def _writes(function: ast.AST) -> bool:
    """Return whether `function` itself writes a row."""
    for node in own_nodes(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            path = dotted(node.func)
            if node.func.attr in ("save", "delete") and not path.startswith("super()"):
                return True
            if ".objects." in path and node.func.attr in WRITES:
                return True
    return False


def _after_commit(function: ast.AST, call: ast.Call) -> bool:
    """Return whether the call is inside the function passed to on_commit()."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and dotted(node.func).endswith("on_commit"):
            if any(part is call for part in ast.walk(node)):
                return True
    return False
