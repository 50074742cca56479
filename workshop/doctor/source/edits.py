"""The smallest change to a line, shown as the line before and after."""

import ast

from workshop.doctor.finding import Change
from workshop.doctor.source.tree import Module, dotted


def replaced(module: Module, number: int, old: str, new: str) -> Change | None:
    """Return the change of the line `number` from `old` to `new`; None if `old` is not in it."""
    line = module.line(number)
    if not old or old not in line:
        return None
    return Change((line,), (line.replace(old, new, 1),))


def inserted(module: Module, node: ast.AST, text: str) -> Change:
    """Return the change that puts `text` before `node`."""
    line = module.line(node.lineno)
    at = len(line.encode()[: node.col_offset].decode(errors="replace"))
    return Change((line,), (line[:at] + text + line[at:],))


def wrapped(module: Module, call: ast.Call) -> Change | None:
    """Return the change of `layer.method(…)` to `async_to_sync(layer.method)(…)`."""
    source = ast.get_source_segment(module.text, call.func)
    if not source or "\n" in source:
        return None
    return replaced(module, call.lineno, f"{source}(", f"async_to_sync({source})(")


def awaited(module: Module, call: ast.Call) -> Change | None:
    """Return the change of `async_to_sync(function)(…)` to `await function(…)`."""
    outer = ast.get_source_segment(module.text, call.func)
    inner = ast.get_source_segment(module.text, call.func.args[0]) if call.func.args else None
    if not outer or not inner:
        return None
    return replaced(module, call.lineno, f"{outer}(", f"await {inner}(")


def made_async(
    module: Module, function: ast.FunctionDef, calls: tuple[str, ...] = ()
) -> Change | None:
    """Return the change of `function` to an async def, in which `calls` are awaited."""
    lines = {function.lineno: module.line(function.lineno).replace("def ", "async def ", 1)}
    for node in ast.walk(function):
        if isinstance(node, ast.Expr) and dotted(node.value).removesuffix("()") in calls:
            if node.lineno in lines:
                return None
            lines[node.lineno] = inserted(module, node, "await ").new[0]
    numbers = range(min(lines), max(lines) + 1)
    old = tuple(module.line(number) for number in numbers)
    return Change(old, tuple(lines.get(number, module.line(number)) for number in numbers))


def made_plain(module: Module, function: ast.AsyncFunctionDef) -> Change | None:
    """Return the change of `function` to a plain def; None where it awaits something."""
    if any(
        isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for node in ast.walk(function)
    ):
        return None
    return replaced(module, function.lineno, "async def ", "def ")
