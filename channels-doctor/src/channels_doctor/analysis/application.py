"""The ASGI application in the source: its parts, and whether servers can import it."""

import ast
import re
from collections.abc import Iterator

from channels_doctor.finding import Finding, Place, finding
from channels_doctor.project import named_settings
from channels_doctor.rules.apps import DJANGOS, SERVED_BY, SERVED_BY_WSGI, named_around
from channels_doctor.rules.context import Context, is_of_channels_1
from channels_doctor.source.tree import Module
from channels_doctor.static.asgi import unwrapped
from channels_doctor.static.values import Made, Named

RUNSERVER = re.compile(r"manage\.py[\s\"',]+runserver\b")
NAME_ROUTER = "channels.routing.ChannelNameRouter"


def check(context: Context) -> Iterator[Finding]:
    """P15, P16, P17, P66, P67, P68 and P69, as far as the source reveals them."""
    if old := written_for_channels_1(context):
        yield old
        return
    yield from _other_settings(context)
    facts = context.written_application
    if not facts:
        return
    place = Place(context.application_file)
    routes = facts.get("websocket", {}).get("routes", [])
    yield from _routes(routes, place)
    yield from _instances(context, routes, place)
    if "mapping" in facts:
        yield from _no_http(context, facts, place)
        yield from _workers(context, facts["mapping"])
        for value in facts["mapping"].values():
            yield from _two_calls(context, value)


def written_for_channels_1(context: Context) -> Finding | None:
    """P69: once, for the whole project."""
    for module in context.tree:
        for name, path in module.imports.items():
            if is_of_channels_1(path):
                line = next(
                    (
                        number
                        for number, text in enumerate(module.lines, 1)
                        if name.rpartition(".")[2] in text and "import" in text
                    ),
                    0,
                )
                return finding(
                    "P69",
                    f"{path} only exists in Channels 1, which this project was written for.",
                    Place(module.file, line),
                    severity="note" if context.demands_below("channels", 2) else "",
                    condition="with a newer version of Channels than it requires"
                    if context.demands_below("channels", 2)
                    else "",
                    values={"module": path.rpartition(".")[0]},
                    found_by="source",
                )
    return None


def _routes(routes: list[dict], default: Place) -> Iterator[Finding]:
    for route in routes:
        file, line = route.get("place", ("", 0))
        place = Place(file, line) if file else default
        if route["kind"] == "include":
            yield finding(
                "P66",
                "A URLRouter's routes use include().",
                place,
                fix="Put a nested `URLRouter([…])` in its place.",
                found_by="source",
            )
        elif route["kind"] == "router" and route["regex"] and route["text"].endswith(("$", r"\Z")):
            yield finding(
                "P15",
                f"The pattern {route['text']!r} ends with $, so nothing can follow it, and the "
                "router below it is never reached.",
                place,
                values={"path": route["text"].lstrip("^").rstrip("$")},
                fix="Leave out the `$` of the outer pattern.",
                found_by="source",
            )


def _instances(context: Context, routes: list[dict], default: Place) -> Iterator[Finding]:
    """P16: one consumer for all sockets, because the route holds an instance of its class."""
    names = {consumer.name for consumer in context.consumers}
    if context.demands_below("channels", 3):
        return
    for route in routes:
        if route["kind"] == "instance" and route["name"] in names:
            file, line = route.get("place", ("", 0))
            yield finding(
                "P16",
                f"{route['name']}() is one consumer that all sockets share.",
                Place(file, line) if file else default,
                case="instance",
                fix=f"Write `{route['name']}.as_asgi()`, which makes one for each socket.",
                found_by="source",
            )


def _no_http(context: Context, facts: dict, place: Place) -> Iterator[Finding]:
    """P17: the HTTP part is missing, rather than the websocket one."""
    protocols = facts["protocols"]
    if "http" in protocols or "websocket" not in protocols or context.demands_below("channels", 4):
        return
    if named_around(context, SERVED_BY_WSGI, deep=True) or _has_a_runserver_apart(context):
        return  # that one serves the pages, and this application only the sockets
    yield finding(
        "P17",
        "ProtocolTypeRouter has no entry for http, so every page is an error 500.",
        _place_of(facts["router"], place),
        case="http",
        fix='Add `"http": get_asgi_application()`.',
        found_by="source",
    )


def _has_a_runserver_apart(context: Context) -> bool:
    """Return whether Django's own runserver runs next to a server for the sockets."""
    if context.facts.get("runserver") not in DJANGOS:
        return False
    return all(named_around(context, sign, deep=True) for sign in (RUNSERVER, SERVED_BY))


def _place_of(made: Made | None, default: Place) -> Place:
    if made and made.module and made.node:
        return Place(made.module.file, made.node.lineno)
    return default


def _workers(context: Context, mapping: dict) -> Iterator[Finding]:
    """P16: a worker's class where its application should be."""
    if context.demands_below("channels", 3):
        return
    for part in unwrapped(context.modules, mapping.get("channel")):
        if not isinstance(part, Made) or part.path != NAME_ROUTER or not part.args:
            continue
        workers = part.args[0] if isinstance(part.args[0], dict) else {}
        for name, worker in workers.items():
            if isinstance(worker, Named) and isinstance(worker.node, ast.ClassDef):
                yield finding(
                    "P16",
                    f"{worker.node.name} handles the channel {name}, but .as_asgi() is missing.",
                    _place_of(part, Place()),
                    case="worker",
                    values={"consumer": worker.node.name},
                    fix=f"Write `{worker.node.name}.as_asgi()`.",
                    found_by="source",
                )


def _two_calls(context: Context, value: object) -> Iterator[Finding]:
    """P67: a middleware that has to be called twice, as in ASGI 2."""
    if context.demands_below("channels", 3):
        return
    for part in unwrapped(context.modules, value):
        if not isinstance(part, Made):
            continue
        head, _, name = part.path.rpartition(".")
        module = context.tree.named(head)
        bound = context.modules.names(module).get(name) if module else None
        node = getattr(getattr(bound, "value", None), "node", None)
        if isinstance(node, ast.ClassDef) and (call := _call_of(node)):
            yield finding(
                "P67",
                f"{node.name}.__call__ only takes the scope, as in Channels 2.",
                module.place(call),
                values={"middleware": node.name},
                found_by="source",
                about=node.name,
            )


def _call_of(node: ast.ClassDef) -> ast.AST | None:
    """Return its __call__ method if that takes only the scope."""
    for part in node.body:
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)) and part.name == "__call__":
            arguments = [argument.arg for argument in part.args.args]
            if len(arguments) == 2 and not part.args.vararg and arguments[1] == "scope":
                return part
    return None


def _other_settings(context: Context) -> Iterator[Finding]:
    """P68: asgi.py names settings that don't exist."""
    module = context.tree.modules.get(context.application_file)
    if module is None:
        return
    name = named_settings(context.tree.folder / module.file)
    top = name.partition(".")[0]
    if not name or name == context.project.settings or context.tree.named(name):
        return
    if any((context.tree.folder / folder / top).is_dir() for folder in ("", *_tops(context))):
        own = context.tree.folder / f"{name.replace('.', '/')}.py"
        if own.is_file():
            return
    yield finding(
        "P68",
        f"{module.file} names the settings {name}, which don't exist here.",
        _named_at(module, name),
        values={"module": top},
        fix=f'Name the same settings as manage.py: `"{context.project.settings}"`.'
        if context.tree.named(context.project.settings)
        else "",
        found_by="source",
    )


def _tops(context: Context) -> list[str]:
    return [str(path) for path in context.project.paths]


def _named_at(module: Module, name: str) -> Place:
    for node in module.nodes:
        if isinstance(node, ast.Constant) and node.value == name:
            return module.place(node)
    return Place(module.file)
