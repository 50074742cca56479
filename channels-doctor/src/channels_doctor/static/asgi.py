"""The parts of the ASGI application, read from its source: the facts of `probe/asgi.py`."""

import ast
from collections.abc import Iterator

from channels_doctor.static.modules import Modules
from channels_doctor.static.routes import CONSUMER, routes_of
from channels_doctor.static.values import Made, Named, Unknown, is_known

CHANNELS = {
    "channels.auth.AuthMiddlewareStack": (
        "channels.sessions.CookieMiddleware",
        "channels.sessions.SessionMiddleware",
        "channels.auth.AuthMiddleware",
    ),
    "channels.sessions.SessionMiddlewareStack": (
        "channels.sessions.CookieMiddleware",
        "channels.sessions.SessionMiddleware",
    ),
    "channels.security.websocket.AllowedHostsOriginValidator": (
        "channels.security.websocket.OriginValidator",
    ),
}
VALIDATORS = ("AllowedHostsOriginValidator", "OriginValidator")
ROUTER = "channels.routing.ProtocolTypeRouter"
DEFAULT = "channels.routing.get_default_application"
URL_ROUTER = "channels.routing.URLRouter"
DEEPEST = 20


def facts(modules: Modules, path: str, settings: dict) -> dict:
    """Return the facts about the application called `path`, or {} if the source has none."""
    module = modules.tree.named(path.rpartition(".")[0])
    if module is None:
        return _missing(modules, path.rpartition(".")[0])
    name = path.rpartition(".")[2]
    names = modules.names(module)
    if name not in names:
        has = [key for key, bound in names.items() if isinstance(bound.value, Made)]
        return {"no_name": name, "module_name": path.rpartition(".")[0], "has": has}
    value = names[name].value
    parts = unwrapped(modules, value)
    if any(getattr(part, "path", "") == DEFAULT for part in parts):
        value = modules.value(str(settings.get("asgi_application") or path))
    if isinstance(value, Made) and not value.args and not value.kwargs:
        made = modules.returned(value.path)  # an application that a function builds
        value = made if getattr(made, "path", "") else value
    return _application(modules, value, settings)


def _missing(modules: Modules, name: str) -> dict:
    """Return the error from importing the module `name`, if its package is the project's."""
    top = name.partition(".")[0]
    files = modules.tree.modules
    is_own = any(file.startswith((f"{top}/", f"{top}.py")) for file in files)
    if not is_own and not any(f"/{file}".endswith("/asgi.py") for file in files):
        return {}
    words = f"No module named '{name}'"
    error = {"type": "ModuleNotFoundError", "name": name, "text": words, "file": "", "line": 0}
    return {"import_error": {**error, "last_words": f"ModuleNotFoundError: {words}"}}


def _application(modules: Modules, value: object, settings: dict) -> dict:
    found = {"class": getattr(value, "path", ""), "home": "", "static": False, "pages": []}
    parts = list(unwrapped(modules, value))
    lasts = [part.last for part in parts if isinstance(part, Made)]
    found["wsgi"] = lasts[:1] == ["get_wsgi_application"]
    found["stock"] = lasts[:1] == ["get_asgi_application"]
    router = next((part for part in parts if getattr(part, "path", "") == ROUTER), None)
    outside = parts[: parts.index(router)] if router else []
    found["outside"] = [
        one for part in outside if isinstance(part, Made) for one in described(part)
    ]
    mapping = router.args[0] if router and router.args else None
    if not isinstance(mapping, dict):
        return found
    found["protocols"] = [str(key) for key in mapping]
    found["router"] = router
    found["mapping"] = mapping
    if "websocket" in mapping:
        found["websocket"] = websocket(modules, mapping["websocket"], settings)
    return found


def unwrapped(modules: Modules, value: object, depth: int = 0) -> Iterator[object]:
    """Yield `value` and everything that it wraps, from the outside in, up to a router."""
    yield value
    if not isinstance(value, Made) or depth > DEEPEST or value.path in (ROUTER, URL_ROUTER):
        return
    if value.path.endswith(CONSUMER):
        return
    inner = [*value.args, *value.kwargs.values()]
    yield from _made_by(modules, value, depth)
    for part in inner:
        if isinstance(part, (Made, Named)):
            yield from unwrapped(modules, part, depth + 1)


def _made_by(modules: Modules, value: Made, depth: int) -> Iterator[object]:
    """Yield what a function of the project, such as a middleware stack, wraps its argument in."""
    head, _, name = value.path.rpartition(".")
    module = modules.tree.named(head)
    bound = modules.names(module).get(name) if module else None
    node = getattr(bound, "value", None)
    node = getattr(node, "node", None)
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, (ast.Name, ast.Attribute)):
            from channels_doctor.source.tree import dotted

            first, _, rest = dotted(call.func).partition(".")
            path = module.imports.get(first, f"{module.name}.{first}") + (
                f".{rest}" if rest else ""
            )
            yield Made(path, module=module, node=call)


def websocket(modules: Modules, value: object, settings: dict) -> dict:
    """Return what wraps the consumers of `value`, and its routes."""
    found = {"parts": [], "origins": None, "routes": [], "callback": {"kind": "other"}}
    found["known"] = False
    for part in unwrapped(modules, value):
        if isinstance(part, Named) and isinstance(part.node, ast.ClassDef):
            found["callback"] = {"kind": "class", "name": part.node.name}
        if isinstance(part, Unknown):
            found["parts"].append({"class": "?", "home": "?", "is": []})
        if not isinstance(part, Made):
            continue
        if part.path == URL_ROUTER:
            found["callback"] = {"kind": "router", "parts": []}
            found["routes"] = routes_of(modules, part)
            given = part.args[0] if part.args else None
            found["known"] = isinstance(given, (list, tuple)) and all(
                isinstance(route, Made) for route in given
            )
            break
        if part.path.endswith(CONSUMER):
            found["callback"] = {"kind": "consumer", "name": part.path.split(".")[-2]}
            break
        found["parts"] += described(part)
        if part.last in VALIDATORS:
            found["origins"] = _origins(part, settings)
    return found


def described(part: Made) -> list[dict]:
    """Return the layers that `part` puts around its argument."""
    home = part.path.rpartition(".")[0]
    names = CHANNELS.get(part.path, (part.path,))
    return [{"class": name.rpartition(".")[2], "home": home, "is": [name]} for name in names]


def _origins(part: Made, settings: dict) -> list[str]:
    if part.last == "AllowedHostsOriginValidator":
        if not settings.get("allowed_hosts_are_known"):
            return ["*"]
        hosts = settings["allowed_hosts"]
        local = settings["debug"] or settings.get("debug_is_chosen")
        return hosts or (["localhost"] if local else [])
    given = part.args[1] if len(part.args) > 1 else part.kwargs.get("allowed_origins")
    return (
        [str(argument) for argument in given]
        if isinstance(given, list) and is_known(given)
        else ["*"]
    )
