"""What a client sends is read with care, or one bad message ends the socket."""

import ast
from collections.abc import Iterator

from workshop.doctor.finding import Finding, finding
from workshop.doctor.source.consumers import Consumer
from workshop.doctor.source.tree import dotted

ENOUGH = {"ValueError", "JSONDecodeError", "Exception", "BaseException"}


def read_carelessly(consumers: list[Consumer]) -> Iterator[Finding]:
    """P30: `json.loads` of a client's text, where nothing catches what it raises."""
    for consumer in consumers:
        if not consumer.websocket:
            continue
        for method in consumer.own:
            if method.name != "receive":
                continue
            names = {one.arg for one in method.args.args[1:] + method.args.kwonlyargs}
            for call in _unguarded(method.body, consumer.module.imports):
                if any(isinstance(one, ast.Name) and one.id in names for one in call.args):
                    yield finding(
                        "P30",
                        f"{consumer.name}.receive reads JSON, and nothing catches what is none.",
                        consumer.module.place(call),
                        condition="when a client sends what is not JSON, which any client can",
                        found_by="source",
                    )
                    break


def _unguarded(body: list[ast.stmt], imports: dict[str, str]) -> Iterator[ast.Call]:
    waiting = list(body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.Try) and any(_catches(one) for one in node.handlers):
            waiting = [*node.handlers, *node.orelse, *node.finalbody, *waiting]
            continue
        if isinstance(node, (ast.With, ast.AsyncWith)):
            if any(dotted(one.context_expr).endswith("suppress()") for one in node.items):
                continue
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name == "json.loads" or imports.get(name) == "json.loads":
                yield node
        waiting = list(ast.iter_child_nodes(node)) + waiting


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(dotted(one).rpartition(".")[2] in ENOUGH for one in types)
