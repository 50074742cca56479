"""Handlers that wait for long: their consumer handles nothing else meanwhile."""

import ast
from collections.abc import Iterator

from channels_doctor.analysis.blocking import ENTRIES, is_blocking, never_ends
from channels_doctor.finding import Finding, finding
from channels_doctor.source.consumers import Consumer, Function
from channels_doctor.source.names import absolute, assignments, decorators
from channels_doctor.source.tree import Module, Tree, dotted, own_nodes

SLEEPS = ("asyncio.sleep", "time.sleep", "gevent.sleep", "trio.sleep", "anyio.sleep")
LONG = 1.0  # seconds
MOMENT = 0.1
CLIENTS = ("openai.", "anthropic.", "httpx.AsyncClient", "aiohttp.ClientSession", "groq.")
CLIENTS += ("google.generativeai.", "google.genai.", "ollama.", "mistralai.", "langchain")
LOOPS = (ast.While, ast.For, ast.AsyncFor)
IN_A_THREAD = {"database_sync_to_async", "sync_to_async"}
MAIL = ("django.core.mail.send_mail", "django.core.mail.send_mass_mail", "smtplib.SMTP")


def check(tree: Tree, consumers: list[Consumer], handlers: set[str]) -> Iterator[Finding]:
    """P40: a handler that sleeps, loops around a sleep, or waits for a slow service."""
    slow = _slow_methods(tree)
    for consumer in consumers:
        if not consumer.is_async:
            continue
        told: set[int] = set()
        for name in (*ENTRIES, *sorted(consumer.handlers(handlers))):
            if name == "disconnect" or name not in consumer.methods:
                continue
            for module, method in _awaited(consumer, name):
                node, what = _waits(consumer, module, method, slow)
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
        below = _awaits(consumer.methods[name][1]) & set(consumer.methods)
        waiting += sorted(below - seen - set(waiting))


def _awaits(method: Function) -> set[str]:
    """Return the names of the consumer's methods that `method` awaits, as far as they show.

    A name that is awaited may be any of the methods that are mentioned without being called.
    """
    nodes = own_nodes(method)
    calls = [node.value for node in nodes if isinstance(node, ast.Await)]
    names = {dotted(call.func) for call in calls if isinstance(call, ast.Call)} - {""}
    if any("." not in name for name in names):
        tables = [value for node in nodes for value in getattr(node, "values", ())]
        names |= {dotted(value) for value in tables if isinstance(value, ast.Attribute)}
    return {name.removeprefix("self.") for name in names if name.startswith("self.")}


def _slow_methods(tree: Tree) -> dict[str, str]:
    """Return the plain functions that wait for a service, by names that are defined only once."""
    found: dict[str, list[str]] = {}
    for module in tree:
        for function in module.functions[1:]:
            is_plain = isinstance(function, ast.FunctionDef)
            found.setdefault(function.name, []).append(
                _asked_directly(module, function) if is_plain else ""
            )
    return {name: services[0] for name, services in found.items() if len(services) == 1}


def _waits(
    consumer: Consumer, module: Module, method: Function, slow: dict[str, str]
) -> tuple[ast.AST | None, str]:
    """Return the place where `method` waits for long, and what it does there.

    `slow` are the plain functions of the project that wait for a service.
    """
    if service := _asked_in_a_thread(module, method):
        return method, f"waits for {service}"
    for node in own_nodes(method):
        if isinstance(node, LOOPS) and _sleeps_in(module, node) and not _is_retry(node):
            if not (isinstance(node, ast.While) and never_ends(node, method)):
                return node, "loops around a sleep"
        seconds = _seconds(node) if _is_sleep(module, node) else None
        if seconds is not None and seconds >= LONG:
            return node, f"sleeps for {seconds:g} s"
        service = _asked(consumer, module, method, node) or slow.get(_run_in_a_thread(node), "")
        if service:
            return node, f"waits for {service}"
    return None, ""


def _sleeps_in(module: Module, loop: ast.AST) -> bool:
    """Return whether `loop` sleeps in each pass. In a loop that ends, short sleeps don't count."""
    sleeps = [node for node in ast.walk(loop) if _is_sleep(module, node)]
    if isinstance(loop, ast.While):
        return bool(sleeps)
    times = [_seconds(node) for node in sleeps]
    return any(seconds is None or seconds >= MOMENT for seconds in times)


def _is_retry(loop: ast.AST) -> bool:
    """Return whether `loop` tries something a few times, until it succeeds."""
    return isinstance(loop, ast.For) and any(isinstance(node, ast.Break) for node in ast.walk(loop))


def _is_sleep(module: Module, node: ast.AST) -> bool:
    call = node.value if isinstance(node, ast.Await) else None
    name = dotted(call.func) if isinstance(call, ast.Call) else ""
    return bool(name) and absolute(module, name) in SLEEPS


def _seconds(node: ast.Await) -> float | None:
    """Return for how long `node` sleeps, or None if that isn't written out."""
    value = getattr(node.value.args[0], "value", None) if node.value.args else None
    return float(value) if isinstance(value, (int, float)) else None


def _asked_in_a_thread(module: Module, method: Function) -> str:
    """Return what `method` waits for, if a decorator runs it in a thread."""
    return _asked_directly(module, method) if decorators(method) & IN_A_THREAD else ""


def _run_in_a_thread(node: ast.AST) -> str:
    """Return the last part of the name of the function that `node` awaits in a thread, or ""."""
    call = node.value if isinstance(node, ast.Await) else None
    if not isinstance(call, ast.Call):
        return ""
    wraps = call.func if isinstance(call.func, ast.Call) else call
    name = dotted(wraps.func).rpartition(".")[2]
    is_wrapped = name in IN_A_THREAD or name == "to_thread"
    return dotted(wraps.args[0]).rpartition(".")[2] if is_wrapped and wraps.args else ""


def _asked_directly(module: Module, method: Function) -> str:
    """Return what the synchronous `method` waits for, or ""."""
    calls = [node for node in own_nodes(method) if isinstance(node, ast.Call) and dotted(node.func)]
    paths = [absolute(module, dotted(call.func)) for call in calls]
    if any(path in MAIL for path in paths):
        return "a mail server"
    return next((path.partition(".")[0] for path in paths if is_blocking(path)), "")


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
