"""Mistakes that raise nothing: found by reading a learner's code.

Only asked after something has failed, so that what works in an unusual way is never blamed.
"""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workshop.learner.trial import Place
from workshop.tree import files

LAYER = {"group_add", "group_discard", "group_send"}
COROUTINES = LAYER | {"accept", "close", "send", "send_json", "send_text"}


@dataclass(frozen=True)
class Mistake:
    """What is wrong at `place`, in a sentence, and the `pitfall` that it is ("" for none)."""

    pitfall: str
    says: str
    place: Place


def syntax_error(folder: Path) -> tuple[Place, str] | None:
    """Return where the first file of the project that is no Python stops being it, and why."""
    for inside, text in _sources(folder):
        try:
            _parsed(text)
        except SyntaxError as error:
            return Place(inside, error.lineno or 1), error.msg
        except ValueError as error:  # a null byte
            return Place(inside, 1), str(error)
    return None


def mistakes(folder: Path) -> list[Mistake]:
    """Return the mistakes found in the project's Python files, the likeliest first."""
    found = []
    for inside, text in _sources(folder):
        try:
            tree = _parsed(text)
        except (SyntaxError, ValueError):
            continue
        for search in (_never_awaited, _wrong_kind, _too_early, _blocking, _beside_config):
            found += [
                Mistake(pitfall, says, Place(inside, node.lineno))
                for pitfall, says, node in search(tree)
            ]
    return found


def _never_awaited(tree: ast.AST) -> Iterator[tuple]:
    for kind, function in _methods(tree):
        is_async = isinstance(function, ast.AsyncFunctionDef)
        for node in _own_nodes(function):
            if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
                continue
            name = _called(node.value)
            if is_async and name in COROUTINES and (name in LAYER or _is_on_self(node.value)):
                yield "P20", f"{name}() is not awaited, so it never runs.", node
            elif not is_async and name in LAYER and kind == "sync":
                says = f"{name}() is a coroutine: in a plain method call it through async_to_sync."
                yield "P20", says, node


def _wrong_kind(tree: ast.AST) -> Iterator[tuple]:
    for kind, function in _methods(tree):
        if kind == "sync" and isinstance(function, ast.AsyncFunctionDef):
            says = (
                f"A WebsocketConsumer calls {function.name}() as a plain function: no `async def`."
            )
            yield "P23", says, function
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and _kind(node):
            connect = next(
                (one for one in node.body if getattr(one, "name", "") == "connect"), None
            )
            if connect and not {"accept", "close"} & {
                _called(one) for one in ast.walk(connect) if isinstance(one, ast.Call)
            }:
                yield (
                    "P23",
                    "connect() calls neither accept() nor close(), so the browser waits.",
                    connect,
                )


def _too_early(tree: ast.AST) -> Iterator[tuple]:
    for _, function in _methods(tree):
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Attribute)]
        accepts = [node for node in calls if node.attr == "accept"]
        adds = [node for node in calls if node.attr == "group_add"]
        if accepts and adds and accepts[0].lineno < adds[0].lineno:
            says = "accept() comes before group_add(): between the two, messages are missed."
            yield "", says, accepts[0]


def _blocking(tree: ast.AST) -> Iterator[tuple]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "requests.get"):
            yield "P39", f"{ast.unparse(node.func)}() lets everybody wait, not only this one.", node


def _beside_config(tree: ast.AST) -> Iterator[tuple]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys = {getattr(key, "value", None): key for key in node.keys}
            if "BACKEND" in keys and "hosts" in keys:
                says = '"hosts" stands beside CONFIG, where nothing reads it: it belongs inside.'
                yield "P09", says, keys["hosts"]


def _methods(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (kind := _kind(node)):
            for one in node.body:
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield kind, one


def _kind(node: ast.ClassDef) -> str:
    """Return "async" or "sync" for the class of a consumer, "" for any other."""
    bases = " ".join(ast.unparse(base) for base in node.bases)
    if "Consumer" not in bases:
        return ""
    return "async" if "Async" in bases else "sync"


def _own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Walk through `function`, not into functions inside it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _own_nodes(node)


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or (
        _called(call.func) if isinstance(call.func, ast.Call) else getattr(call.func, "id", "")
    )


def _is_on_self(call: ast.Call) -> bool:
    value = getattr(call.func, "value", None)
    return isinstance(value, ast.Name) and value.id == "self" or isinstance(value, ast.Call)


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a backslash too many is no error
        return ast.parse(text)


def _sources(folder: Path) -> Iterator[tuple[str, str]]:
    for inside, path in files(folder).items():
        if inside.endswith(".py") and not inside.startswith("tests/"):
            yield inside, path.read_bytes().decode("utf-8", errors="replace")
