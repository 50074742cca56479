"""The middleware around the consumers: is there a user, and who may connect?"""

import re
from collections.abc import Iterator
from urllib.parse import urlparse

from channels_doctor.finding import Change, Finding, Place, finding
from channels_doctor.rules.context import Context
from channels_doctor.source.scope import WRITTEN, provided

COOKIE = re.compile(r"""b["']cookie["']""")


def check(context: Context, websocket: dict, file: str) -> Iterator[Finding]:
    """Yield what is missing or out of order around the consumers; `file` is asgi.py."""
    yield from _scope(context, websocket, file)
    yield from _origin(context, websocket, file)


def _scope(context: Context, websocket: dict, file: str) -> Iterator[Finding]:
    """P35."""
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
                    Place(file),
                    case="session",
                    fix="Use `AuthMiddlewareStack`, which has all three in the right order.",
                    found_by="import",
                )
            continue
        for use in context.uses:
            if use.consumer.name != route.get("name") or use.key in given or use.place in told:
                continue
            there = auth if use.key == "user" else session
            if there is None and not _strangers(context, websocket, route, False):
                told.add(use.place)
                yield finding(
                    "P35",
                    f"{use.consumer.name} reads scope[{use.key!r}], but nothing sets it.",
                    use.place,
                    values={"key": use.key},
                    found_by="import",
                )
                break


def _names(websocket: dict, route: dict) -> list[str]:
    parts = [*websocket["parts"], *route.get("parts", [])]
    return [name for part in parts for name in part["is"]]


def _index(names: list[str], name: str) -> int | None:
    return names.index(name) if name in names else None


def _strangers(context: Context, websocket: dict, route: dict, own: bool) -> bool:
    """Return whether the consumers are wrapped in anything that doesn't come with Channels."""
    mine = {file.partition("/")[0].removesuffix(".py") for file in context.tree.modules}
    for part in [*websocket["parts"], *route.get("parts", [])]:
        top = part["home"].partition(".")[0]
        if top not in ("channels", "django") and (own or top not in mine):
            return True
    return False


def _may_check_origins(context: Context, websocket: dict) -> bool:
    """Return whether something around the consumers may have its own origin check."""
    if _strangers(context, websocket, {}, False):
        return True
    for part in websocket["parts"]:
        if part["home"].partition(".")[0] in ("channels", "django"):
            continue
        module = context.tree.named(part["home"])
        if module is None or "origin" in module.text.lower():
            return True
    return False


def _own_cookies(context: Context, websocket: dict) -> bool:
    """Return whether a middleware of the project takes the user from the socket's cookies."""
    for part in websocket["parts"]:
        module = context.tree.named(part["home"])
        text = module.text if module else ""
        if COOKIE.search(text) and WRITTEN.search(text) and "origin" not in text.lower():
            return True
    return False


def _origin(context: Context, websocket: dict, file: str) -> Iterator[Finding]:
    """P37."""
    origins = websocket["origins"]
    if origins is None:
        routed = {route.get("name") for route in [*websocket["routes"], websocket["callback"]]}
        used = [use for use in context.uses if use.consumer.name in routed]
        cookies = "channels.sessions.CookieMiddleware" in _names(websocket, {})
        own = _own_cookies(context, websocket)
        is_known = cookies and not _may_check_origins(context, websocket)
        if (used and is_known) or (own and not _strangers(context, websocket, {}, False)):
            yield finding(
                "P37",
                "Nothing checks which site opens a socket with your users' cookies.",
                Place(file),
                case="none",
                condition="if a logged-in user visits a hostile page",
                fix="Wrap the websocket part in `AllowedHostsOriginValidator` "
                "(from `channels.security.websocket`).",
                change=None
                if own
                else Change(
                    ("AuthMiddlewareStack(…)",),
                    ("AllowedHostsOriginValidator(AuthMiddlewareStack(…))",),
                ),
                found_by="import",
            )
        return
    wrong = [host for host in origins if _never_matches(host)]
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
        f"The Origin check compares with {wrong[0]!r}, which never matches: leave out the port."
        if wrong
        else "ALLOWED_HOSTS is empty, so the Origin check refuses everybody.",
        place,
        case="port",
        severity="error" if all_wrong else "warning",
        condition="" if all_wrong else "for pages that are opened under this name",
        change=change,
        found_by="import",
    )


def _never_matches(host: str) -> bool:
    """Return whether a validator would read the name in `host` as a scheme, as in localhost:8000.

    It doesn't do that with an IP address, so one with a port does match.
    """
    return "://" not in host and bool(urlparse(host.lower()).scheme)
