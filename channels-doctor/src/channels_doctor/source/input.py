"""Check that client input is validated, so that one bad message doesn't end the socket."""

import ast
from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.source.consumers import Consumer
from channels_doctor.source.tree import dotted

IN_SYNC = (
    "Parse the client's message inside `try`, and answer with the error. This consumer is "
    "synchronous, so leave out the `await` of the example."
)
ENOUGH = {"ValueError", "JSONDecodeError", "Exception", "BaseException"}


def read_carelessly(consumers: list[Consumer]) -> Iterator[Finding]:
    """P30: `json.loads` of a client's text, without catching what it raises."""
    for consumer in consumers:
        if not consumer.websocket:
            continue
        for method in consumer.own:
            if method.name != "receive" or method.decorator_list:
                continue  # a decorator may catch it
            names = {given.arg for given in method.args.args[1:] + method.args.kwonlyargs}
            for call in _unguarded(method.body, consumer.module.imports):
                if any(isinstance(part, ast.Name) and part.id in names for part in call.args):
                    yield finding(
                        "P30",
                        f"{consumer.name}.receive parses JSON without catching errors.",
                        consumer.module.place(call),
                        condition="when a client sends invalid JSON, which any client can do",
                        fix="" if consumer.is_async else IN_SYNC,
                        found_by="source",
                    )
                    break


def _unguarded(body: list[ast.stmt], imports: dict[str, str]) -> Iterator[ast.Call]:
    waiting = list(body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(node, ast.Try) and any(_catches(handler) for handler in node.handlers):
            waiting = [*node.handlers, *node.orelse, *node.finalbody, *waiting]
            continue
        if isinstance(node, (ast.With, ast.AsyncWith)):
            if any(dotted(item.context_expr).endswith("suppress()") for item in node.items):
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
    return any(dotted(kind).rpartition(".")[2] in ENOUGH for kind in types)


def decoded_carelessly(consumers: list[Consumer]) -> Iterator[Finding]:
    """P30: the JSON consumer raises an exception on invalid JSON, which nothing catches."""
    for consumer in consumers:
        if "Json" not in consumer.base or not consumer.whole:
            continue
        takes = next((method for method in consumer.own if method.name == "receive_json"), None)
        if takes is None or {"decode_json", "receive", "websocket_receive", "dispatch"} & set(
            consumer.methods
        ):
            continue
        yield finding(
            "P30",
            f"{consumer.base} raises on invalid JSON, before {consumer.name}.receive_json is "
            "called.",
            consumer.module.place(takes),
            condition="when a client sends invalid JSON, which any client can do",
            fix="Override `decode_json` so that it raises nothing: return None if it's invalid.",
            found_by="source",
        )
