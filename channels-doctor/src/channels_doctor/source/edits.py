"""The smallest change to a line, shown as the line before and after."""

import ast

from channels_doctor.finding import Change
from channels_doctor.source.tree import Module, dotted


def replaced(module: Module, number: int, old: str, new: str) -> Change | None:
    """Return the change of line `number` from `old` to `new`, or None if `old` isn't in it."""
    line = module.line(number)
    if not old or old not in line:
        return None
    return Change((line,), (line.replace(old, new, 1),))


def inserted(module: Module, node: ast.AST, text: str) -> Change:
    """Return the change that inserts `text` before `node`."""
    module = module.home(node)
    line = module.line(node.lineno)
    at = len(line.encode()[: node.col_offset].decode(errors="replace"))
    return Change((line,), (line[:at] + text + line[at:],))


def wrapped(module: Module, call: ast.Call) -> Change | None:
    """Return the change of `layer.method(…)` to `async_to_sync(layer.method)(…)`."""
    module = module.home(call)
    source = ast.get_source_segment(module.text, call.func)
    if not source or "\n" in source:
        return None
    return replaced(module, call.lineno, f"{source}(", f"async_to_sync({source})(")


def awaited(module: Module, call: ast.Call) -> Change | None:
    """Return the change of `async_to_sync(function)(…)` to `await function(…)`."""
    module = module.home(call)
    outer = ast.get_source_segment(module.text, call.func)
    inner = ast.get_source_segment(module.text, call.func.args[0]) if call.func.args else None
    if not outer or not inner or "\n" in outer:
        return None
    return replaced(module, call.lineno, f"{outer}(", f"await {inner}(")


def made_async(
    module: Module, function: ast.FunctionDef, calls: tuple[str, ...] = ()
) -> Change | None:
    """Return the change that makes `function` an async def and awaits `calls`."""
    module = module.home(function)
    numbers = range(function.lineno, function.end_lineno + 1)
    lines = {number: module.line(number) for number in numbers}
    lines[function.lineno] = lines[function.lineno].replace("def ", "async def ", 1)
    changed = {function.lineno}
    for node in ast.walk(function):
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            continue
        is_bare = dotted(node.value).removesuffix("()") in calls
        if is_bare or dotted(node.value.func) == "async_to_sync()":
            new = inserted(module, node, "await ") if is_bare else awaited(module, node.value)
            if node.lineno in changed or new is None:
                return None
            lines[node.lineno] = new.new[0]
            changed.add(node.lineno)
    kept = range(function.lineno, max(changed) + 1)
    old = tuple(module.line(number) for number in kept)
    return Change(old, tuple(lines[number] for number in kept))


def made_plain(module: Module, function: ast.AsyncFunctionDef) -> Change | None:
    """Return the change that makes `function` a plain def, or None if it awaits something."""
    if any(
        isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for node in ast.walk(function)
    ):
        return None
    module = module.home(function)
    return replaced(module, function.lineno, "async def ", "def ")
