"""The middleware around the consumers: is there a user, and who may connect?"""

import ast
import re
from collections.abc import Iterator
from urllib.parse import urlparse

from channels_doctor.finding import Change, Finding, Place, finding
from channels_doctor.rules.context import Context
from channels_doctor.source.scope import WRITTEN, Use, provided

AUTH = "channels.auth.AuthMiddleware"
SESSION = "channels.sessions.SessionMiddleware"
WITH_VALIDATOR = Change(
    ("AuthMiddlewareStack(…)",),
    ("AllowedHostsOriginValidator(AuthMiddlewareStack(…))",),
)
ASKED = re.compile(r"self\.scope\.get\('(?:user|session)'")
ANONYMOUS = re.compile(r"scope\[[\"']user[\"']\]\s*=\s*AnonymousUser\(")
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
        if _strangers(context, websocket, route, False):
            continue  # which may set whatever is missing
        names = _names(websocket, route)
        if "session" not in given and _lacks_session(names):
            if "order" not in told:
                told.add("order")
                yield finding(
                    "P35",
                    "AuthMiddleware has no SessionMiddleware around it.",
                    Place(file),
                    case="session",
                    fix="Use `AuthMiddlewareStack`, which has all three in the right order.",
                    found_by="import",
                )
        elif use := _unset_key(context, route, given | _set_by(names), told):
            told.add(use.place)
            yield finding(
                "P35",
                f"{use.consumer.name} reads scope[{use.key!r}], but nothing sets it.",
                use.place,
                values={"key": use.key},
                found_by="import",
            )


def _lacks_session(names: list[str]) -> bool:
    """Return whether AuthMiddleware runs without a session around it."""
    auth = _index(names, AUTH)
    session = _index(names, SESSION)
    return auth is not None and (session is None or session > auth)


def _set_by(names: list[str]) -> set[str]:
    """Return the keys of the scope that the middleware called `names` sets."""
    return {key for key, name in (("user", AUTH), ("session", SESSION)) if name in names}


def _unset_key(context: Context, route: dict, given: set[str], told: set) -> Use | None:
    """Return where the route's consumer first reads a key that isn't `given`, unless `told`."""
    for use in context.uses:
        is_here = use.consumer.name == route.get("name")
        if is_here and use.key not in given and use.place not in told:
            return use
    return None


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


def _always_sets_its_user(context: Context, websocket: dict) -> bool:
    """Return whether the project's own middleware sets the user, whatever the cookies say."""
    outside = context.written_application.get("outside", [])
    modules = (context.tree.named(part["home"]) for part in [*outside, *websocket["parts"]])
    return any(module and ANONYMOUS.search(module.text) for module in modules)


def _asks_for_its_user(context: Context, routed: set[str]) -> bool:
    """Return whether one of these consumers reads the user or the session in any way."""
    if any(use.consumer.name in routed for use in context.uses):
        return True
    owns = (consumer.own for consumer in context.consumers if consumer.name in routed)
    return any(ASKED.search(ast.unparse(method)) for own in owns for method in own)


def _origin(context: Context, websocket: dict, file: str) -> Iterator[Finding]:
    """P37."""
    origins = websocket["origins"]
    if origins is None:
        yield from _unchecked(context, websocket, file)
    elif "*" not in origins:
        yield from _refused_hosts(context, origins)


def _unchecked(context: Context, websocket: dict, file: str) -> Iterator[Finding]:
    """P37, where no validator checks the origin though the consumers use cookies."""
    routed = {route.get("name") for route in [*websocket["routes"], websocket["callback"]]}
    used = _asks_for_its_user(context, routed)
    cookies = "channels.sessions.CookieMiddleware" in _names(websocket, {})
    own = _own_cookies(context, websocket)
    cookies = cookies and not _always_sets_its_user(context, websocket)
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
            change=None if own else WITH_VALIDATOR,
            found_by="import",
        )


def _refused_hosts(context: Context, origins: list[str]) -> Iterator[Finding]:
    """P37, where the validator is given hosts that no origin matches, or none at all."""
    wrong = [host for host in origins if _never_matches(host)]
    if origins and not wrong:
        return
    what = "ALLOWED_HOSTS is empty, so the Origin check refuses everybody."
    if wrong:
        what = (
            f"The Origin check compares with {wrong[0]!r}, which never matches: leave out the port."
        )
    all_wrong = len(wrong) == len(origins)
    yield finding(
        "P37",
        what,
        context.settings.place("ALLOWED_HOSTS"),
        case="port",
        severity="error" if all_wrong else "warning",
        condition="" if all_wrong else "for pages that are opened under this name",
        change=_without_ports(context) if wrong else None,
        found_by="import",
    )


def _without_ports(context: Context) -> Change | None:
    found = context.settings.find("ALLOWED_HOSTS")
    if not found:
        return None
    line = re.sub(r"(?<=[\w\]]):\d+(?=[\"'])", "", found.line)
    return Change((found.line,), (line,)) if line != found.line else None


def _never_matches(host: str) -> bool:
    """Return whether a validator would read the name in `host` as a scheme, as in localhost:8000.

    It doesn't do that with an IP address, so one with a port does match.
    """
    return "://" not in host and bool(urlparse(host.lower()).scheme)
