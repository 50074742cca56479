"""The routes of a URLRouter, and the project's pages, read from their source."""

import ast
import re

from channels_doctor.static.modules import Modules
from channels_doctor.static.values import Made, Named

CONSUMER = ".as_asgi"
URL_ROUTER = "channels.routing.URLRouter"
REGEX = ("re_path", "url")
PATH = ("path",)
INCLUDE = "include"
CONVERTERS = {
    "str": "[^/]+",
    "int": "[0-9]+",
    "slug": "[-a-zA-Z0-9_]+",
    "uuid": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "path": ".+",
}
IN_PATH = re.compile(r"<(?:(?P<kind>[^<>:]+):)?(?P<name>[^<>]+)>")
MOST = 500


def routes_of(modules: Modules, router: Made, head: str = "") -> list[dict]:
    """Return the routes of `router`, in the form that `probe/asgi.py` reports."""
    given = router.args[0] if router.args else []
    found = []
    for route in given if isinstance(given, (list, tuple)) else []:
        if not isinstance(route, Made) or route.last not in REGEX + PATH or len(route.args) < 2:
            continue
        text, callback = route.args[0], route.args[1]
        if isinstance(text, str):
            found += _route(modules, route, text, callback, head)
    return found


def _route(modules: Modules, route: Made, text: str, callback: object, head: str) -> list[dict]:
    is_regex = route.last in REGEX
    kwargs = named_groups(text) if is_regex else converters(text)
    entry = {"text": text, "regex": is_regex, "head": head, "kwargs": kwargs}
    entry["extra"] = len(route.args) > 2 or "kwargs" in route.kwargs
    entry["place"] = (route.module.file, route.node.lineno) if route.module else ("", 0)
    entry |= _callback(modules, callback)
    found = [entry]
    if entry["kind"] == "router":
        for lower in routes_of(modules, _router(callback), head + text):
            lower["kwargs"] = {**kwargs, **lower["kwargs"]}
            lower["parts"] = entry["parts"] + lower.get("parts", [])
            found.append(lower)
    return found


def _router(value: object) -> Made | None:
    if isinstance(value, Made):
        if value.path == URL_ROUTER:
            return value
        for part in value.args:
            if found := _router(part):
                return found
    return None


def _class_of(modules: Modules, path: str) -> str:
    """Return the name of the project's class that `path` names, or ""."""
    head, _, name = path.rpartition(".")
    module = modules.tree.named(head)
    bound = modules.names(module).get(name) if module else None
    node = getattr(getattr(bound, "value", None), "node", None)
    return node.name if isinstance(node, ast.ClassDef) else ""


def _callback(modules: Modules, value: object) -> dict:
    from channels_doctor.static.asgi import described

    parts = []
    while isinstance(value, Made):
        if value.path == URL_ROUTER:
            return {"kind": "router", "parts": parts}
        if value.path.endswith(CONSUMER):
            return {"kind": "consumer", "name": value.path.split(".")[-2], "parts": parts}
        if value.last == INCLUDE:
            return {"kind": "include", "name": "include", "parts": parts}
        parts += described(value)
        if not value.args and (name := _class_of(modules, value.path)):
            return {"kind": "instance", "name": name, "parts": parts}
        value = next(
            (argument for argument in value.args if isinstance(argument, (Made, Named))), None
        )
    if isinstance(value, Named):
        name = value.path.rpartition(".")[2]
        if name == "as_asgi":
            return {"kind": "as_asgi", "name": value.path.split(".")[-2]}
        return {"kind": "class" if value.node is not None else "other", "name": name}
    return {"kind": "other", "name": "", "parts": parts}


def converters(text: str) -> dict[str, str]:
    """Return {name: regular expression} of the converters in the path `text`."""
    found = IN_PATH.finditer(text)
    return {match["name"]: CONVERTERS.get(match["kind"] or "str", "") for match in found}


def named_groups(text: str) -> dict[str, str]:
    """Return {name: pattern} of the named groups in the regular expression `text`."""
    from channels_doctor.probe.groups import named_groups as found

    return found(text)
