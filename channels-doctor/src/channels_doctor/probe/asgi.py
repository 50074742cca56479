"""Imports the ASGI application as daphne and uvicorn do, and reports its parts."""

import importlib
import os
import types

from _doctor_probe_entry import error_of, inside, neighbour

DEPTH = 20
named_groups = neighbour("groups").named_groups


def collect(request):
    """Return the facts. This doesn't set the settings module, unless `request` asks for that."""
    if request.get("name_settings"):
        os.environ["DJANGO_SETTINGS_MODULE"] = request["settings"]
    else:
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    path, _, name = request["application"].rpartition(".")
    try:
        module = importlib.import_module(path)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return {"import_error": error_of(error, request["folder"])}
    if not hasattr(module, name):
        return {"no_name": name, "module_name": path, "has": _applications(module)}
    return _application(getattr(module, name), request["folder"])


def _applications(module):
    return [name for name, value in vars(module).items() if callable(value) and name[0] != "_"]


def _application(application, folder):
    facts = {"class": type(application).__name__, "home": type(application).__module__}
    facts["wsgi"] = _is(application, "django.core.handlers.wsgi", "WSGIHandler")
    facts["stock"] = _is(application, "django.core.handlers.asgi", "ASGIHandler")
    router = _first(application, "channels.routing", "ProtocolTypeRouter")
    if router is None:
        facts["static"] = _serves_static(application)
        return facts
    mapping = router.application_mapping
    facts["protocols"] = [str(key) for key in mapping]
    facts["static"] = _serves_static(application) or _serves_static(mapping.get("http"))
    if "websocket" in mapping:
        facts["websocket"] = _websocket(mapping["websocket"], folder)
    facts["pages"] = _pages()
    return facts


def _is(value, module, name):
    return any(base.__module__ == module and base.__name__ == name for base in type(value).__mro__)


def _first(application, module, name):
    for _, member in _unwrapped(application):
        if _is(member, module, name):
            return member
    return None


def _serves_static(application):
    if application is None:
        return False
    names = ("ASGIStaticFilesHandler", "WhiteNoise")
    return any(type(layer).__name__ in names for _, layer in _unwrapped(application))


def _unwrapped(application):
    """Yield (depth, part) for `application` and everything that it wraps, from the outside in."""
    waiting, seen = [(0, application)], set()
    while waiting:
        depth, part = waiting.pop(0)
        if id(part) in seen or depth > DEPTH:
            continue
        seen.add(id(part))
        yield depth, part
        if isinstance(part, type) or _is(part, "channels.routing", "ProtocolTypeRouter"):
            continue
        for inner in _inside(part):
            if callable(inner) and not isinstance(inner, type):
                waiting.append((depth + 1, inner))


def _inside(part):
    if isinstance(part, types.MethodType):
        return [part.__self__]
    found = []
    if isinstance(part, types.FunctionType):
        for cell in part.__closure__ or ():
            try:
                found.append(cell.cell_contents)
            except ValueError:
                continue
    if hasattr(part, "func") and hasattr(part, "args"):  # functools.partial
        found += [part.func, *part.args]
    if not isinstance(part, types.FunctionType):
        found += list(getattr(part, "__dict__", {}).values())
    return found


def _websocket(application, folder):
    facts = {"parts": [], "origins": None, "routes": [], "callback": _callback(application, folder)}
    for _, part in _unwrapped(application):
        if _is(part, "channels.routing", "URLRouter"):
            facts["routes"] = _routes(part, "", folder)
            break
        if isinstance(part, type) or hasattr(part, "consumer_class"):
            break
        if described := _part(part):
            facts["parts"].append(described)
        if _is(part, "channels.security.websocket", "OriginValidator"):
            facts["origins"] = [str(origin) for origin in part.allowed_origins]
    return facts


def _callback(callback, folder):
    """Return a route's target, and the layers around it."""
    if isinstance(callback, type):
        return {"kind": "class", "name": callback.__name__, **_home(callback, folder)}
    if isinstance(callback, types.MethodType) and callback.__name__ == "as_asgi":
        return {"kind": "as_asgi", "name": callback.__self__.__name__}
    parts = []
    for _, part in _unwrapped(callback):
        if _is(part, "channels.routing", "URLRouter"):
            return {"kind": "router", "parts": parts}
        inner = getattr(part, "inner", None) or getattr(part, "application", None)
        if isinstance(inner, type) and hasattr(inner, "as_asgi"):
            return {"kind": "class", "name": inner.__name__, **_home(inner, folder)}
        if hasattr(part, "consumer_class"):
            made = part.consumer_class
            return {
                "kind": "consumer",
                "name": made.__name__,
                "parts": parts,
                **_home(made, folder),
            }
        if described := _part(part):
            parts.append(described)
    return {"kind": "other", "name": type(callback).__name__, "parts": parts}


def _part(part):
    """Describe one layer around the consumers, or return None if it isn't an application."""
    if isinstance(part, (type, types.MethodType)) or not callable(part):
        return None
    if isinstance(part, types.FunctionType):
        return {"class": part.__qualname__, "home": str(part.__module__), "is": []}
    known = [f"{base.__module__}.{base.__name__}" for base in type(part).__mro__]
    return {"class": type(part).__name__, "home": type(part).__module__, "is": known}


def _home(made, folder):
    import sys

    path = getattr(sys.modules.get(made.__module__), "__file__", None) or ""
    own = bool(path) and inside(path, folder)
    file = os.path.relpath(os.path.realpath(path), folder).replace(os.sep, "/") if own else ""
    return {"module": made.__module__, "file": file}


def _routes(router, head, folder):
    found = []
    for route in router.routes:
        pattern = route.pattern
        is_regex = type(pattern).__name__ == "RegexPattern"
        text = str(pattern._regex if is_regex else pattern._route)
        callback = _callback(route.callback, folder)
        parts = named_groups(text) if is_regex else _converters(pattern)
        entry = {"text": text, "regex": is_regex, "head": head, "kwargs": parts, **callback}
        entry["kind"] = callback["kind"]
        found.append(entry)
        if callback["kind"] == "router":
            inner = _first(route.callback, "channels.routing", "URLRouter")
            below = _routes(inner, head + text, folder)
            for lower in below:
                lower["kwargs"] = {**parts, **lower["kwargs"]}
                lower["parts"] = callback["parts"] + lower.get("parts", [])
            found += below
    return found


def _converters(pattern):
    return {name: made.regex for name, made in pattern.converters.items()}


def _pages():
    """Return the patterns for names in the URLs of the project's pages."""
    found = []
    try:
        from django.urls import get_resolver

        waiting = [("", entry) for entry in get_resolver().url_patterns]
        while waiting and len(found) < 500:
            head, entry = waiting.pop()
            pattern = entry.pattern
            text = head + str(pattern)
            regex = type(pattern).__name__ == "RegexPattern"
            names = named_groups(str(pattern)) if regex else _converters(pattern)
            found += [{"text": text, "name": name, "pattern": names[name]} for name in names]
            waiting += [(text, below) for below in getattr(entry, "url_patterns", [])]
    except Exception:  # Django's own checks find broken URLs
        return found
    return found
