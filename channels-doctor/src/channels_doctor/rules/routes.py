"""The routes for WebSockets: what they lead to, and which URLs they match."""

import re
from collections.abc import Iterator

from channels_doctor.finding import Change, Finding, Place, finding
from channels_doctor.rules.context import Context
from channels_doctor.source import edits, groups

NOT_FOR_GROUPS = ("café", "комната", "my room", "a@b", "x:1")
KEY = re.compile(
    r"(?:^|_)(?:id|pk|uuid|code|slug|token|key|hash|number|type)$|(?:uuid|token)$|[a-z]I[dD]$"
)
SAFE = "[-.a-zA-Z0-9_]{1,80}"
OPTIONAL = ("/?", "/*")  # a slash that a path may also do without


def check(context: Context, websocket: dict, file: str) -> Iterator[Finding]:
    """Yield what is wrong with the routes; `file` is the application's."""
    direct = websocket["callback"]
    names = {consumer.name for consumer in context.consumers}
    for route in [*websocket["routes"], {"text": "", "head": "", "kwargs": {}, **direct}]:
        place = context.tree.find_text(route["text"]) if route["text"] else Place(file)
        if route["kind"] == "class" and context.demands_below("channels", 3):
            continue  # as it was right then
        if route["kind"] == "class" and route["name"] in names:
            yield _no_as_asgi(context, route, place)
        elif route["kind"] == "as_asgi":
            yield _as_asgi_not_called(context, route, place)
        elif route["text"]:
            yield from _pattern(context, websocket, route, place)
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
        f"{name} is in the route without .as_asgi().",
        place,
        values={"consumer": name},
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
        change=change,
        found_by="import",
    )


def _pattern(context: Context, websocket: dict, route: dict, place: Place) -> Iterator[Finding]:
    """P15."""
    sample = _sample_of(websocket, route)
    bare = re.sub(r"^(\^|\\A)+", "", route["text"]) if route["regex"] else route["text"]
    if bare.startswith("/") and not bare.startswith(OPTIONAL):
        yield _leading_slash(context, route, place, sample)
        return
    if route["kind"] == "router":
        return
    for name in route["kwargs"]:
        if _refuses_hyphens(context, route, name, sample):
            yield _no_hyphen(context, route, name, place)
            return


def _sample_of(websocket: dict, route: dict) -> str:
    """Return a path of the kind that `route`, or the last route below it, is meant for."""
    head = route["head"] + route["text"]
    below = [other for other in websocket["routes"] if other["head"].startswith(head)]
    return _sample(below[-1] if route["kind"] == "router" and below else route, "lobby")


def _leading_slash(context: Context, route: dict, place: Place, sample: str) -> Finding:
    module, text = context.tree.modules.get(place.file), route["text"]
    change = None
    if module:
        change = edits.replaced(module, place.line, text, text.replace("/", "", 1))
    return finding(
        "P15",
        "The pattern begins with a slash, and the path that it is compared with does not.",
        place,
        case="leading-slash",
        values={"path": sample},
        change=change,
        found_by="import",
    )


def _refuses_hyphens(context: Context, route: dict, name: str, sample: str) -> bool:
    """Return whether a page like `sample` accepts a hyphen in `name`, and the socket doesn't."""
    pattern = route["kwargs"][name]
    if not _takes(pattern, "my_room") or _takes(pattern, "my-room"):
        return False
    return any(
        page["name"] == name
        and _words(page["text"]) & _words(sample)
        and _takes(page["pattern"], "my-room")
        for page in context.asgi.get("pages", [])
    )


def _no_hyphen(context: Context, route: dict, name: str, place: Place) -> Finding:
    return finding(
        "P15",
        f"A page accepts the {name} my-room, but its socket doesn't.",
        place,
        case="hyphen",
        severity="warning",
        condition="in rooms whose names contain a hyphen",
        values={"path": _sample(route, "my-room")},
        fix="Use the same rule for names in both, such as `[-.a-zA-Z0-9_]{1,80}`.",
        change=_safe_pattern(context, route, name, place),
        found_by="import",
    )


def _words(path: str) -> set[str]:
    """Return the literal words in `path`."""
    return set(re.findall(r"[a-z]+", re.sub(r"\(.*?\)|<.*?>", "", path))) - {"ws", "lobby"}


def _takes(pattern: str, text: str) -> bool:
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return False


def _sample(route: dict, value: str) -> str:
    """Return a sample path that `route` is meant to match."""
    text = re.sub(r"<[^<>]*>", value, route["text"]) if not route["regex"] else route["text"]
    if route["regex"]:
        for pattern in route["kwargs"].values():
            text = re.sub(r"\(\?P<\w+>" + re.escape(pattern) + r"\)", lambda _: value, text)
        text = re.sub(r"\\[AZ]|[\^$?]", "", text).replace("\\", "")
    head = re.sub(r"\\[AZ]|[\^$]", "", route["head"])
    return (head + text).lstrip("/")


def _safe_pattern(context: Context, route: dict, name: str, place: Place) -> Change | None:
    module = context.tree.modules.get(place.file)
    if not module or not route["regex"]:
        return None
    pattern = route["kwargs"][name]
    head = f"(?P<{name}>"
    return edits.replaced(module, place.line, f"{head}{pattern})", head + SAFE + ")")


def _room_names(context: Context, websocket: dict, source: groups.Source) -> Iterator[Finding]:
    """P25: the route accepts names that no group may have."""
    if context.default_kind == "pubsub":
        return
    for route in websocket["routes"]:
        if route.get("name") != source.consumer.name or source.kwarg not in route["kwargs"]:
            continue
        pattern = route["kwargs"][source.kwarg]
        bad = [name for name in NOT_FOR_GROUPS if _takes(pattern, name)]
        if bad:
            place = context.tree.find_text(route["text"])
            if groups.is_looked_up_first(source):
                return
            is_key = bool(KEY.search(source.kwarg))
            yield finding(
                "P25",
                f"The route takes the {source.kwarg} {bad[0]}, which no group name may contain.",
                place,
                severity="note" if is_key else "",
                condition="when somebody opens such a URL by hand"
                if is_key
                else "in rooms whose names contain other letters, such as é, or spaces",
                change=_safe_pattern(context, route, source.kwarg, place),
                found_by="import",
            )
            return
