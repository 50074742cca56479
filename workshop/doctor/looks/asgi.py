"""The ASGI application: it can be imported, it has a part for websockets, and its routes fit."""

import re
from collections.abc import Iterator

from workshop.doctor.context import Context
from workshop.doctor.finding import Change, Finding, Place, finding
from workshop.doctor.looks.apps import guessed_application
from workshop.doctor.source import edits, groups

NOT_FOR_GROUPS = ("café", "комната", "my room", "a@b", "x:1")
PUBSUB = "pubsub"


def look(context: Context) -> Iterator[Finding]:
    """Yield what is wrong with the application that `context.asgi` describes."""
    facts = context.asgi
    if not facts:
        return
    if "import_error" in facts or "no_name" in facts:
        yield from _not_imported(context)
        return
    if facts.get("wsgi"):
        yield _wrong_setting(context, "ASGI_APPLICATION names a WSGI application.", "wsgi", {})
        return
    websocket = facts.get("websocket")
    if websocket:
        yield from _routes(context, websocket)
        yield from _scope(context, websocket)
        yield from _origin(context, websocket)
    elif any(one.websocket for one in context.consumers):
        yield from _no_websocket(context, facts)


def not_ready(error: dict) -> str:
    """Return the case of P19 that `error` is, or ""."""
    if error["type"] == "AppRegistryNotReady":
        return "apps"
    if error["type"] == "ImproperlyConfigured" and "settings are not configured" in error["text"]:
        return "settings"
    return ""


def application_path(context: Context) -> str:
    """Return the path of the application: as the settings name it, or as it is by custom."""
    value = context.facts.get("asgi_application")
    if isinstance(value, str) and "." in value:
        return value
    return guessed_application(context)


def trouble(context: Context) -> str:
    """Return a sentence where importing failed for a reason that is no pitfall, or ""."""
    error = context.asgi.get("import_error")
    if not error or not_ready(error) or _missing_module(context, error):
        return ""
    where = str(Place(error["file"], error["line"])) or application_path(context)
    return f"The ASGI application cannot be imported: {where}: {error['last_words']}"


def _missing_module(context: Context, error: dict) -> bool:
    module = application_path(context).rpartition(".")[0]
    name = error.get("name") or ""
    return error["type"] == "ModuleNotFoundError" and f"{module}.".startswith(f"{name}.")


def _not_imported(context: Context) -> Iterator[Finding]:
    facts = context.asgi
    module = application_path(context).rpartition(".")[0]
    if "no_name" in facts:
        fill = {"'app'": repr(facts["no_name"]), "chat_project.asgi": module}
        what = f"{module} has no {facts['no_name']}."
        yield _wrong_setting(context, what, "name", fill)
        return
    error = facts["import_error"]
    case = not_ready(error)
    if case:
        yield finding(
            "P19",
            "asgi.py imports what needs Django before Django is set up.",
            _own_line(context, error),
            case=case,
            found_by="import",
        )
    elif _missing_module(context, error):
        what = f"There is no module {error['name']}."
        yield _wrong_setting(context, what, "module", {"chat_project.routing": module})


def _own_line(context: Context, error: dict) -> Place:
    """Return the import in asgi.py that leads to `error`, rather than the line deep below it."""
    module = context.tree.modules.get(_file(context))
    if module:
        for node in module.tree.body:
            if getattr(node, "module", None) and node.module.split(".")[0] not in (
                "django", "channels", "os", "sys", "pathlib",
            ):  # fmt: skip
                return module.place(node)
    return Place(error["file"], error["line"])


def _file(context: Context) -> str:
    return application_path(context).rpartition(".")[0].replace(".", "/") + ".py"


def _wrong_setting(context: Context, what: str, case: str, fill: dict) -> Finding:
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
        fill=fill,
        mend=f'Set `ASGI_APPLICATION = "{guess}"`.' if guess else "",
        change=change,
    )


def _no_websocket(context: Context, facts: dict) -> Iterator[Finding]:
    """P17."""
    place = Place(_file(context))
    module = context.tree.modules.get(place.file)
    if facts.get("stock"):
        what, case, change = "asgi.py hands everything to Django, which speaks HTTP alone.", "stock", None
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
        return  # an application of its own kind: who wrote it knows
    yield finding("P17", what, place, case=case, change=change, found_by="import")


def _routes(context: Context, websocket: dict) -> Iterator[Finding]:
    direct = websocket["callback"]
    names = {one.name for one in context.consumers}
    for route in [*websocket["routes"], {"text": "", "kwargs": {}, **direct}]:
        place = context.tree.find_text(route["text"]) if route["text"] else Place(_file(context))
        if route["kind"] == "class" and route["name"] in names:
            yield _no_as_asgi(context, route, place)
        elif route["kind"] == "as_asgi":
            yield _as_asgi_not_called(context, route, place)
        elif route["text"]:
            yield from _pattern(context, route, place)
    for source in groups.from_the_address(context.consumers, context.calls):
        yield from _room_names(context, websocket, source)


def _no_as_asgi(context: Context, route: dict, place: Place) -> Finding:
    name, module = route["name"], context.tree.modules.get(place.file)
    change = None
    if module:
        end = re.search(rf"\b{name}\b(?!\.as_asgi)", module.line(place.line))
        change = edits.replaced(module, place.line, end[0], f"{name}.as_asgi()") if end else None
    return finding(
        "P16",
        f"{name} stands in the route without .as_asgi().",
        place,
        fill={"ChatConsumer": name},
        change=change,
        found_by="import",
    )


def _as_asgi_not_called(context: Context, route: dict, place: Place) -> Finding:
    module = context.tree.modules.get(place.file)
    change = edits.replaced(module, place.line, ".as_asgi", ".as_asgi()") if module else None
    return finding(
        "P16",
        f"{route['name']}.as_asgi is not called: its parentheses are missing.",
        place,
        case="not-called",
        fill={"ChatConsumer": route["name"]},
        change=change,
        found_by="import",
    )


def _pattern(context: Context, route: dict, place: Place) -> Iterator[Finding]:
    """P15."""
    module = context.tree.modules.get(place.file)
    bare = re.sub(r"^(\^|\\A)+", "", route["text"]) if route["regex"] else route["text"]
    sample = _sample(route, "lobby")
    if bare.startswith("/"):
        change = None
        if module:
            text = route["text"]
            change = edits.replaced(module, place.line, text, text.replace("/", "", 1))
        yield finding(
            "P15",
            "The pattern begins with a slash, and the path that it is compared with does not.",
            place,
            case="leading-slash",
            fill={"ws/chat/lobby/": sample},
            change=change,
            found_by="import",
        )
        return
    if route["kind"] == "router":
        return
    for name, pattern in route["kwargs"].items():
        for page in context.asgi.get("pages", []):
            if page["name"] == name and _takes(page["pattern"], "my-room"):
                if not _takes(pattern, "my-room"):
                    yield finding(
                        "P15",
                        f"A page takes the {name} my-room, and its socket does not.",
                        place,
                        case="hyphen",
                        severity="warning",
                        condition="in rooms whose names hold a hyphen",
                        fill={"ws/chat/my-room/": _sample(route, "my-room")},
                        mend="Let both use one rule for names, such as `[-.a-zA-Z0-9_]{1,80}`.",
                        change=_safe_pattern(context, route, name, place),
                        found_by="import",
                    )
                    return


def _takes(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _sample(route: dict, value: str) -> str:
    """Return a path of the kind that `route` is meant for."""
    text = re.sub(r"<[^<>]*>", value, route["text"]) if not route["regex"] else route["text"]
    if route["regex"]:
        for pattern in route["kwargs"].values():
            text = re.sub(r"\(\?P<\w+>" + re.escape(pattern) + r"\)", lambda _: value, text)
        text = re.sub(r"\\[AZ]|[\^$?]", "", text).replace("\\", "")
    return (route.get("head", "") + text).lstrip("^/")


def _safe_pattern(context: Context, route: dict, name: str, place: Place) -> Change | None:
    module = context.tree.modules.get(place.file)
    if not module or not route["regex"]:
        return None
    pattern = route["kwargs"][name]
    head = f"(?P<{name}>"
    return edits.replaced(
        module, place.line, f"{head}{pattern})", head + "[-.a-zA-Z0-9_]{1,80})"
    )


def _room_names(context: Context, websocket: dict, source: groups.Source) -> Iterator[Finding]:
    """P25: the route lets names in that no group may have."""
    if context.default_kind == PUBSUB:
        return
    for route in websocket["routes"]:
        if route.get("name") != source.consumer.name or source.kwarg not in route["kwargs"]:
            continue
        pattern = route["kwargs"][source.kwarg]
        bad = [name for name in NOT_FOR_GROUPS if _takes(pattern, name)]
        if bad:
            place = context.tree.find_text(route["text"])
            yield finding(
                "P25",
                f"The route takes the {source.kwarg} {bad[0]}, which no group may be called.",
                place,
                condition="in rooms whose names hold other letters, such as é, or spaces",
                change=_safe_pattern(context, route, source.kwarg, place),
                found_by="import",
            )
            return


def _names(websocket: dict, route: dict) -> list[str]:
    parts = [*websocket["parts"], *route.get("parts", [])]
    return [name for part in parts for name in part["is"]]


def _strangers(context: Context, websocket: dict, route: dict, own: bool) -> bool:
    """Return whether something wraps the consumers that is not of Channels."""
    mine = {file.partition("/")[0].removesuffix(".py") for file in context.tree.modules}
    for part in [*websocket["parts"], *route.get("parts", [])]:
        top = part["home"].partition(".")[0]
        if top not in ("channels", "django") and (own or top not in mine):
            return True
    return False


def _scope(context: Context, websocket: dict) -> Iterator[Finding]:
    """P35."""
    from workshop.doctor.source.scope import provided

    given = provided(context.tree)
    told = set()
    for route in [*websocket["routes"], websocket["callback"]]:
        names = _names(websocket, route)
        auth = _index(names, "channels.auth.AuthMiddleware")
        session = _index(names, "channels.sessions.SessionMiddleware")
        if auth is not None and (session is None or session > auth) and "session" not in given:
            if "order" not in told and not _strangers(context, websocket, route, False):
                told.add("order")
                yield finding(
                    "P35",
                    "AuthMiddleware has no SessionMiddleware around it.",
                    Place(_file(context)),
                    case="session",
                    mend="Use `AuthMiddlewareStack`, which is all that is needed, in its order.",
                    found_by="import",
                )
            continue
        for use in context.uses:
            if use.consumer.name != route.get("name") or use.key in given or use in told:
                continue
            there = auth if use.key == "user" else session
            if there is None and not _strangers(context, websocket, route, False):
                told.add(use)
                yield finding(
                    "P35",
                    f"{use.consumer.name} reads scope[{use.key!r}], which nothing puts there.",
                    use.place,
                    fill={"'user'": repr(use.key)},
                    found_by="import",
                )
                break


def _index(names: list[str], name: str) -> int | None:
    return names.index(name) if name in names else None


def _origin(context: Context, websocket: dict) -> Iterator[Finding]:
    """P37."""
    origins = websocket["origins"]
    if origins is None:
        routed = {route.get("name") for route in [*websocket["routes"], websocket["callback"]]}
        used = [use for use in context.uses if use.consumer.name in routed]
        cookies = "channels.sessions.CookieMiddleware" in _names(websocket, {})
        if used and cookies and not _strangers(context, websocket, {}, True):
            yield finding(
                "P37",
                "Nothing checks from which site a socket is opened, and your users' cookies count.",
                Place(_file(context)),
                case="none",
                condition="if a logged-in user visits a hostile page",
                mend="Wrap the websocket part in `AllowedHostsOriginValidator` "
                "(from `channels.security.websocket`).",
                change=Change(
                    ("AuthMiddlewareStack(…)",), ("AllowedHostsOriginValidator(AuthMiddlewareStack(…))",)
                ),
                found_by="import",
            )
        return
    wrong = [one for one in origins if "://" not in one and re.search(r":\d+$", one)]
    if "*" in origins or not (wrong or not origins):
        return
    all_wrong = len(wrong) == len(origins)
    place = context.settings.place("ALLOWED_HOSTS")
    found = context.settings.find("ALLOWED_HOSTS")
    change = None
    if found and wrong:
        line = re.sub(r"(?<=[\w\]]):\d+(?=[\"'])", "", found.line)
        change = Change((found.line,), (line,)) if line != found.line else None
    yield finding(
        "P37",
        f"The Origin check compares with {wrong[0]!r}, which never fits: leave out the port."
        if wrong
        else "ALLOWED_HOSTS is empty, so the Origin check refuses everybody.",
        place,
        case="port",
        severity="error" if all_wrong else "warning",
        condition="" if all_wrong else "for pages that are opened under this name",
        change=change,
        found_by="import",
    )
