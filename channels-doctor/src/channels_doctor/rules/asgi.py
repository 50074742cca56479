"""The ASGI application: can it be imported, and does it handle WebSockets?"""

from collections.abc import Iterator

from channels_doctor.finding import Finding, Place, finding
from channels_doctor.rules import middleware, routes
from channels_doctor.rules.apps import guessed_application
from channels_doctor.rules.context import Context
from channels_doctor.source import edits


def check(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the application that `context.asgi` describes."""
    facts = context.asgi
    if not facts or not context.imports_channels_4:
        return
    if "import_error" in facts or "no_name" in facts:
        yield from _not_imported(context)
        return
    if facts.get("wsgi"):
        yield _wrong_setting(context, "ASGI_APPLICATION names a WSGI application.", "wsgi", {})
        return
    websocket = facts.get("websocket")
    if websocket:
        yield from routes.check(context, websocket, application_file(context))
        yield from middleware.check(context, websocket, application_file(context))
    elif any(consumer.websocket for consumer in context.consumers) and context.imports_channels_4:
        yield from _no_websocket(context, facts)


def not_ready(error: dict) -> str:
    """Return the case of P19 that `error` belongs to, or ""."""
    if error["type"] == "AppRegistryNotReady":
        return "apps"
    if error["type"] == "ImproperlyConfigured" and "settings are not configured" in error["text"]:
        return "settings"
    return ""


def application_path(context: Context) -> str:
    """Return the path of the application, from the settings or by convention."""
    value = (context.facts or context.written_settings).get("asgi_application")
    if isinstance(value, str) and "." in value:
        return value
    return guessed_application(context)


def served_path(context: Context) -> str:
    """Return the path for a server, which is asgi.py if that wraps the settings' path."""
    path = application_path(context)
    guess = guessed_application(context)
    module = context.tree.named(guess.rpartition(".")[0]) if guess else None
    if module and path != guess and "get_default_application(" in module.text:
        return guess
    return path


def application_file(context: Context) -> str:
    """Return the file of the application, relative to the project."""
    module = context.tree.named(served_path(context).rpartition(".")[0])
    if module:
        return module.file
    return served_path(context).rpartition(".")[0].replace(".", "/") + ".py"


def trouble(context: Context) -> str:
    """Return a sentence if importing failed for a reason that isn't a pitfall, or ""."""
    error = context.asgi.get("import_error")
    if not context.imports_channels_4 or _includes(context, error):
        return ""
    if not error or not_ready(error) or _missing_module(context, error):
        return ""
    where = str(Place(error["file"], error["line"])) or application_path(context)
    return f"The ASGI application cannot be imported: {where}: {error['last_words']}"


def _includes(context: Context, error: dict | None) -> bool:
    """Return whether `error` is P66, which the source shows with its line."""
    return bool(error) and "include() is not supported" in error["text"]


def _missing_module(context: Context, error: dict) -> bool:
    module = application_path(context).rpartition(".")[0]
    name = error.get("name") or ""
    return error["type"] == "ModuleNotFoundError" and f"{module}.".startswith(f"{name}.")


def _not_imported(context: Context) -> Iterator[Finding]:
    facts = context.asgi
    module = application_path(context).rpartition(".")[0]
    if "no_name" in facts:
        values = {"name": facts["no_name"], "module": module}
        what = f"{module} has no {facts['no_name']}."
        yield _wrong_setting(context, what, "name", values)
        return
    error = facts["import_error"]
    case = not_ready(error)
    if case:
        yield finding(
            "P19",
            "asgi.py imports code that needs Django before Django is set up.",
            _own_line(context, error),
            case=case,
            found_by="import",
        )
    elif _missing_module(context, error):
        what = f"There is no module {error['name']}."
        yield _wrong_setting(context, what, "module", {"module": module})


def _own_line(context: Context, error: dict) -> Place:
    """Return the import in asgi.py that leads to `error`, instead of the line deep inside it."""
    module = context.tree.modules.get(application_file(context))
    if module:
        for node in module.tree.body:
            if getattr(node, "module", None) and node.module.split(".")[0] not in (
                "django", "channels", "os", "sys", "pathlib",
            ):  # fmt: skip
                return module.place(node)
    return Place(error["file"], error["line"])


def _wrong_setting(context: Context, what: str, case: str, values: dict) -> Finding:
    guess = guessed_application(context)
    found = context.settings.find("ASGI_APPLICATION")
    change = None
    if found and guess:
        change = found.instead(found.source(found.value), f'"{guess}"')
    return finding(
        "P18",
        what,
        context.settings.place("ASGI_APPLICATION"),
        case=case,
        values=values,
        fix=f'Set `ASGI_APPLICATION = "{guess}"`.' if guess else "",
        change=change,
    )


def _no_websocket(context: Context, facts: dict) -> Iterator[Finding]:
    """P17."""
    place = Place(application_file(context))
    module = context.tree.modules.get(place.file)
    if facts.get("stock"):
        what, case, change = (
            "asgi.py passes everything to Django, which only handles HTTP.",
            "stock",
            None,
        )
    elif "protocols" in facts:
        names = facts["protocols"]
        what = f"ProtocolTypeRouter has no key websocket (it has: {', '.join(names)})."
        case, change = "", None
        near = [name for name in names if name.lower().startswith("w")]
        if module and near:
            for number, line in enumerate(module.lines, 1):
                if f'"{near[0]}"' in line or f"'{near[0]}'" in line:
                    change = edits.replaced(module, number, near[0], "websocket")
                    place = Place(place.file, number)
    else:
        return  # a custom application: we trust its author
    yield finding("P17", what, place, case=case, change=change, found_by="import")
