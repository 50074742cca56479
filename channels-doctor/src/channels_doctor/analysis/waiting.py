"""Handlers that wait for long: their consumer handles nothing else meanwhile."""

import ast
from collections.abc import Iterator

from channels_doctor.analysis.blocking import ENTRIES, never_ends
from channels_doctor.finding import Finding, finding
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.names import absolute, assignments
from channels_doctor.source.tree import Module, dotted, own_nodes

SLEEPS = ("asyncio.sleep", "time.sleep", "gevent.sleep", "trio.sleep", "anyio.sleep")
LONG = 1.0  # seconds
CLIENTS = ("openai.", "anthropic.", "httpx.AsyncClient", "aiohttp.ClientSession", "groq.")
CLIENTS += ("google.generativeai.", "google.genai.", "ollama.", "mistralai.", "langchain")
LOOPS = (ast.While, ast.For, ast.AsyncFor)


def check(consumers: list[Consumer], handlers: set[str]) -> Iterator[Finding]:
    """P40: a handler that sleeps, loops around a sleep, or waits for a slow service."""
    for consumer in consumers:
        if not consumer.is_async:
            continue
        told: set[int] = set()
        for name in (*ENTRIES, *sorted(consumer.handlers(handlers))):
            if name == "disconnect" or name not in consumer.methods:
                continue
            for module, method in _awaited(consumer, name):
                node, what = _waits(consumer, module, method)
                if node is None or id(node) in told or method not in consumer.own:
                    continue
                told.add(id(node))
                yield _slow(consumer, name, what, module.place(node))


def _slow(consumer: Consumer, name: str, what: str, place) -> Finding:
    return finding(
        "P40",
        f"{consumer.name}.{name} {what}, and the consumer handles no other event meanwhile, not "
        "even the disconnection.",
        place,
        condition="while it waits",
        found_by="source",
        about=name,
    )


def _awaited(consumer: Consumer, name: str) -> Iterator[tuple[Module, Function]]:
    """Yield the method `name` of `consumer`, and those that it awaits, directly or indirectly."""
    seen, waiting = set(), [name]
    while waiting:
        name = waiting.pop()
        seen.add(name)
        yield consumer.methods[name]
        for node in own_nodes(consumer.methods[name][1]):
            call = node.value if isinstance(node, ast.Await) else None
            below = dotted(call.func) if isinstance(call, ast.Call) else ""
            below = below.removeprefix("self.") if below.startswith("self.") else ""
            if below in consumer.methods and below not in seen:
                waiting.append(below)


def _waits(consumer: Consumer, module: Module, method: Function) -> tuple[ast.AST | None, str]:
    """Return the place where `method` waits for long, and what it does there."""
    for node in own_nodes(method):
        if isinstance(node, LOOPS) and _sleeps_in(module, node):
            if not (isinstance(node, ast.While) and never_ends(node, method)):
                return node, "loops around a sleep"
        if _seconds(module, node) >= LONG:
            return node, f"sleeps for {_seconds(module, node):g} s"
        if service := _asked(consumer, module, method, node):
            return node, f"waits for {service}"
    return None, ""


def _sleeps_in(module: Module, loop: ast.AST) -> bool:
    return any(_is_sleep(module, node) for node in ast.walk(loop))


def _is_sleep(module: Module, node: ast.AST) -> bool:
    call = node.value if isinstance(node, ast.Await) else None
    name = dotted(call.func) if isinstance(call, ast.Call) else ""
    return bool(name) and absolute(module, name) in SLEEPS


def _seconds(module: Module, node: ast.AST) -> float:
    """Return for how long `node` sleeps, as far as that is written out."""
    if not _is_sleep(module, node) or not node.value.args:
        return 0
    value = getattr(node.value.args[0], "value", 0)
    return float(value) if isinstance(value, (int, float)) else 0


def _asked(consumer: Consumer, module: Module, method: Function, node: ast.AST) -> str:
    """Return the name of the service whose answer `node` awaits, or ""."""
    call = node.value if isinstance(node, ast.Await) else None
    name = dotted(call.func) if isinstance(call, ast.Call) else ""
    if not name:
        return ""
    owners = [name, *_makers(consumer, module, method, name)]
    paths = [absolute(module, owner) for owner in owners if owner]
    found = next((path for path in paths if path.startswith(CLIENTS)), "")
    return found.removesuffix("()").partition(".")[0]


def _makers(consumer: Consumer, module: Module, method: Function, name: str) -> list[str]:
    """Return the names of what creates the object whose method is called `name`."""
    parts = name.split(".")
    owner = ".".join(parts[:2]) if parts[0] == "self" else parts[0]
    scopes = [function for _, function in consumer.methods.values()]
    scopes = scopes if parts[0] == "self" else [method, module.tree]
    made = [value for scope in scopes for value in assignments(scope, owner)]
    items = [item for node in own_nodes(method) for item in getattr(node, "items", ())]
    items = [item for item in items if isinstance(item, ast.withitem)]
    made += [item.context_expr for item in items if _is_called(item.optional_vars, owner)]
    return [dotted(value) for value in made]


def _is_called(node: ast.AST | None, name: str) -> bool:
    return node is not None and dotted(node) == name
