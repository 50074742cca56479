"""Find the pitfall behind an error or a silence."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from channels_doctor.finding import Change, Finding, finding
from channels_doctor.live.trial import LayerOutcome
from channels_doctor.redaction.secrets import masked
from channels_doctor.rules.context import Context
from channels_doctor.rules.layers import beside
from channels_doctor.rules.redis_hosts.host_shape import cut_short

UNKNOWN_HOST = re.compile(r"Error (-\d+|8|11001) connecting|Name or service not known|getaddrinfo")
NO_CONNECTION = re.compile(r"Error \d+ connecting|Connect call failed|Multiple exceptions|refused")


@dataclass(frozen=True)
class Seen:
    """An error as it occurred: its `kind` (the class), its `text`, `when`, and whether in `tls`."""

    kind: str
    text: str
    when: str
    tls: bool

    def has(self, *words: str) -> bool:
        return all(word in self.text for word in words)


@dataclass(frozen=True)
class Sign:
    """How a pitfall shows: `fits` recognizes its errors, and `what` describes it for {host}."""

    id: str
    what: str
    fits: Callable[[Seen], bool]
    case: str = ""
    severity: str = ""
    by_hand: bool = False  # the project's files are fine


SIGNS = [
    Sign(
        "P45",
        "This Redis does not know BZPOPMIN, so it is older than version 5.",
        lambda seen: seen.has("unknown command", "BZPOPMIN"),
        "bzpopmin",
    ),
    Sign(
        "P45",
        "This Redis does not know HELLO, so it is older than version 6.",
        lambda seen: seen.has("unknown command", "HELLO"),
        "hello",
    ),
    Sign("P44", "This Redis is one node of a cluster.", lambda seen: seen.kind == "MovedError"),
    Sign(
        "P44",
        "This Redis is one node of a cluster.",
        lambda seen: seen.has("non local key") or seen.has("CROSSSLOT"),
        "script",
    ),
    Sign(
        "P43",
        "This Redis has no memory left, and refuses to store anything.",
        lambda seen: seen.kind == "OutOfMemoryError" or seen.has("OOM command"),
        "full",
        "error",
        by_hand=True,
    ),
    Sign(
        "P46",
        "The settings have no password, but Redis requires one.",
        lambda seen: seen.has("already authenticated") or seen.has("NOAUTH"),
        "missing",
    ),
    Sign(
        "P46",
        "The settings have a password that Redis rejects.",
        lambda seen: seen.kind == "AuthenticationError" or seen.has("WRONGPASS"),
        "wrong",
    ),
    Sign(
        "P93",
        "This Redis server's certificate isn't trusted.",
        lambda seen: seen.has("CERTIFICATE"),
        "certificate",
    ),
    Sign(
        "P93",
        "{host} doesn't answer with TLS, but the settings require it.",
        lambda seen: seen.tls and (seen.has("Timeout connecting") or seen.has("SSL")),
        "plain",
    ),
    Sign(
        "P01",
        "The member failed while nothing was sent to it.",
        lambda seen: seen.kind == "TimeoutError" and seen.when == "receive" and seen.has("reading"),
    ),
    Sign(
        "P06",
        "There's no host called {name} on this network.",
        lambda seen: bool(UNKNOWN_HOST.search(seen.text)),
    ),
    Sign(
        "P05",
        "Nothing answers at {host}.",
        lambda seen: bool(NO_CONNECTION.search(seen.text)) or seen.has("Timeout connecting"),
        by_hand=True,
    ),
]


def findings(context: Context, outcome: LayerOutcome) -> Iterator[Finding]:
    """Yield each pitfall that `outcome` shows, once."""
    seen = set()
    for found in _all(context, outcome):
        if found.id not in seen:
            seen.add(found.id)
            yield found


def unexplained(outcome: LayerOutcome, known: list[Finding]) -> list[str]:
    """Return sentences about what happened that isn't a known pitfall."""
    if outcome.failures and not known:
        when, error = outcome.failures[0]
        words = f"{error['type']}: {error['text']}"
        return [masked(f"The layer {outcome.alias} fails to {when}: {words}")]
    if outcome.lost and outcome.kind != "memory":
        after = f", after {outcome.idle} s of silence" if 2 in outcome.lost else ""
        return [
            f"The layer {outcome.alias} lost a message between two processes{after}: look at the "
            "log of its server."
        ]
    return []


def _all(context: Context, outcome: LayerOutcome) -> Iterator[Finding]:
    for when, error in outcome.failures:
        if found := _of_error(context, outcome, when, error):
            yield found
    if outcome.kind == "core":
        yield from _of_servers(context, outcome)
    if outcome.lost and outcome.kind == "memory":
        yield _told(
            context,
            outcome,
            "P11",
            "The second process sent a message, but the first one didn't get it.",
            key="BACKEND",
            severity="note" if context.facts["debug"] else "warning",
            condition="as soon as a second process serves or sends",
        )
    if outcome.deaf:
        yield _told(
            context,
            outcome,
            "P13",
            "After a broken connection, a member kept waiting but wasn't in its group any more.",
            condition="when Redis is restarted without its data",
            change=_without_retry(context, outcome),
        )


def _told(context, outcome, name, what, key="", **more) -> Finding:
    keys = (key,) if key else ("CONFIG", "hosts")
    place = context.settings.place("CHANNEL_LAYERS", outcome.alias, *keys)
    return finding(name, what, place, found_by="live", **more)


def _of_error(context: Context, outcome: LayerOutcome, when: str, error: dict) -> Finding | None:
    entry = context.layers[outcome.alias]
    connection = (entry.get("connections") or [{}])[0]
    if connection.get("cut_short"):
        place = context.settings.place("CHANNEL_LAYERS", outcome.alias, "CONFIG", "hosts")
        return cut_short(connection, place, "live")
    seen = Seen(error["type"], error["text"], when, bool(connection.get("tls")))
    sign = next((sign for sign in SIGNS if sign.fits(seen)), None)
    if sign is None:
        return None
    name = connection.get("host")
    host = f"{name}:{connection.get('port')}"
    key = beside(entry)
    if key and "hosts" not in entry["config_keys"] and sign.id in ("P05", "P06"):
        what = f"The layer looked for Redis at {host}, because {key} is ignored."
        return _told(context, outcome, "P09", what, key=key)
    return _told(
        context,
        outcome,
        sign.id,
        sign.what.format(host=host, name=name),
        case=sign.case,
        severity=sign.severity,
        condition="",
        message=f"{error['module']}.{error['type']}: {error['text']}",
        change=Change() if sign.by_hand else None,
    )


def _of_servers(context: Context, outcome: LayerOutcome) -> Iterator[Finding]:
    for server in outcome.servers:
        if server.get("cluster_enabled"):
            yield _told(
                context, outcome, "P44", "This Redis is one node of a cluster.", key="BACKEND"
            )
        policy, limit = server.get("maxmemory_policy", "noeviction"), server.get("maxmemory", 0)
        if limit and policy != "noeviction":
            yield _told(
                context,
                outcome,
                "P43",
                f"This Redis removes keys ({policy}) when it holds {limit / 2**20:.0f} MiB.",
                case="evicts",
                condition="when its memory is full",
            )


RETRY = re.compile(r",?\s*[\"']retry[\"']\s*:\s*[\w.]+(\([^()]*(\([^()]*\))?[^()]*\))?")


def _without_retry(context: Context, outcome: LayerOutcome) -> Change | None:
    found = context.settings.find("CHANNEL_LAYERS", outcome.alias, "CONFIG", "hosts")
    if not found:
        return None
    first = getattr(found.value, "lineno", found.place.line)
    for number in range(first, getattr(found.value, "end_lineno", first) + 1):
        line = found.module.line(number)
        without = RETRY.sub("", line)
        if without != line:
            return Change((line,), (without,) if without.strip(" ,") else ())
    return None
