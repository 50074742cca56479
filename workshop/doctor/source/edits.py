"""The smallest change to a line, shown as the line before and after."""

import ast

from workshop.doctor.finding import Change
from workshop.doctor.source.tree import Module


def replaced(module: Module, number: int, old: str, new: str) -> Change | None:
    """Return the change of the line `number` from `old` to `new`; None if it does not hold `old`."""
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


def made_async(module: Module, function: ast.FunctionDef) -> Change | None:
    return replaced(module, function.lineno, "def ", "async def ")


def made_plain(module: Module, function: ast.AsyncFunctionDef) -> Change | None:
    return replaced(module, function.lineno, "async def ", "def ")
