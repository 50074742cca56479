"""What an outcome means: which pitfall an error or a silence belongs to."""

import re
from collections.abc import Iterator

from workshop.doctor.context import Context
from workshop.doctor.finding import Change, Finding, finding
from workshop.doctor.live.trial import Outcome
from workshop.doctor.secrets import masked

UNKNOWN_HOST = re.compile(r"Error (-\d+|8|11001) connecting|Name or service not known|getaddrinfo")
NO_CONNECTION = re.compile(r"Error \d+ connecting|Connect call failed|Multiple exceptions|refused")


def findings(context: Context, outcome: Outcome) -> Iterator[Finding]:
    """Yield the pitfalls that `outcome` shows."""
    seen = set()
    for when, error in outcome.failures:
        if (one := _of_error(context, outcome, when, error)) and one.id not in seen:
            seen.add(one.id)
            yield one
    for one in _of_servers(context, outcome):
        if one.id not in seen:
            seen.add(one.id)
            yield one
    if outcome.lost and outcome.kind == "memory":
        debug = context.facts["debug"]
        yield _finding(
            context, outcome, "P11",
            "The second process sent a message, and the first did not get it.",
            keys=("BACKEND",),
            severity="note" if debug else "warning",
            condition="as soon as a second process serves or sends",
        )  # fmt: skip
    if outcome.deaf:
        yield _finding(
            context, outcome, "P13",
            "After a cut connection a member went on waiting, and was in no group any more.",
            condition="when Redis is restarted without its data",
            change=_without_retry(context, outcome),
        )  # fmt: skip


def unexplained(outcome: Outcome, known: list[Finding]) -> list[str]:
    """Return sentences for what happened and is no known pitfall."""
    if outcome.failures and not known:
        when, error = outcome.failures[0]
        return [masked(f"The layer {outcome.alias} fails to {when}: {error['type']}: {error['text']}")]
    if outcome.lost and outcome.kind != "memory":
        after = f", after {outcome.idle} s of silence" if 2 in outcome.lost else ""
        return [
            f"The layer {outcome.alias} lost a message between two processes{after}: look into the "
            "log of its server."
        ]
    return []


def _finding(context, outcome, name, what, keys=("CONFIG", "hosts"), **more) -> Finding:
    place = context.settings.place("CHANNEL_LAYERS", outcome.alias, *keys)
    return finding(name, what, place, found_by="live", **more)


def _of_error(context: Context, outcome: Outcome, when: str, error: dict) -> Finding | None:
    text, kind = error["text"], error["type"]
    symptom = f"{error['module']}.{kind}: {text}"

    def told(name, what, example, case="", **more):
        fill = {example: symptom}
        return _finding(context, outcome, name, what, case=case, fill=fill, **more)

    connection = _connection(context, outcome)
    host, port = connection.get("host"), connection.get("port")
    if "BZPOPMIN" in text and "unknown command" in text:
        return told("P45", "This Redis does not know BZPOPMIN, so it is older than version 5.",
                    "redis.exceptions.ResponseError: unknown command 'BZPOPMIN'", "bzpopmin")  # fmt: skip
    if "HELLO" in text and "unknown command" in text:
        return told("P45", "This Redis does not know HELLO, so it is older than version 6.",
                    "redis.exceptions.ResponseError: unknown command 'HELLO', with args beginning with: '3'", "hello")  # fmt: skip
    if kind == "MovedError":
        return told("P44", "This Redis is one node of a cluster.",
                    "redis.exceptions.MovedError: MOVED 4038 127.0.0.1:7001")  # fmt: skip
    if kind == "OutOfMemoryError" or "OOM command" in text or "maxmemory" in text:
        return told("P43", "This Redis has no memory left, and refuses to store anything.",
                    "redis.exceptions.OutOfMemoryError: command not allowed when used memory > 'maxmemory'.",
                    "full", severity="error", change=Change())  # fmt: skip
    if connection.get("cut_short"):
        return told("P46", f"A sign in the password cuts the URL short: the host is taken to be {host!r}.",
                    "redis.exceptions.ConnectionError: Error -2 connecting to ss:6379. Name or service not known.",
                    "escape")  # fmt: skip
    if kind in ("AuthenticationError", "NoPermissionError") or "NOAUTH" in text or "WRONGPASS" in text:
        missing = "already authenticated" in text or "NOAUTH" in text or "required" in text.lower()
        case = "missing" if missing else "wrong"
        what = "gives no password, and Redis wants one" if missing else "gives a password that Redis refuses"
        example = context_symptom("P46", case)
        return told("P46", f"The layer {outcome.alias} {what}.", example, case)
    if "CERTIFICATE" in text or "SSL" in text or "ssl.SSL" in str(error["chain"]):
        return told("P46", "The certificate of this Redis is not trusted.",
                    context_symptom("P46", "certificate"), "certificate")  # fmt: skip
    if kind == "TimeoutError" and when == "receive" and "reading" in text:
        return _finding(context, outcome, "P01", "The member died while nothing was sent to it.",
                        fill={"redis.exceptions.TimeoutError: Timeout reading from 127.0.0.1:6379": symptom})  # fmt: skip
    if "Timeout connecting" in text and connection.get("tls"):
        return told("P46", f"{host}:{port} does not answer in TLS.", context_symptom("P46", "plain"), "plain")
    if UNKNOWN_HOST.search(text):
        return told("P06", f"This machine knows no host called {host}.", context_symptom("P06"))
    if NO_CONNECTION.search(text) or "Timeout connecting" in text:
        return told("P05", f"Nothing answers at {host}:{port}.", context_symptom("P05"), change=Change())
    return None


def context_symptom(name: str, case: str = "") -> str:
    """Return the registry's symptom, which the real one replaces."""
    from workshop import pitfalls

    return pitfalls.find(name).symptom(case).text


def _connection(context: Context, outcome: Outcome) -> dict:
    found = context.layers[outcome.alias].get("connections") or [{}]
    return found[0]


def _of_servers(context: Context, outcome: Outcome) -> Iterator[Finding]:
    for server in outcome.servers:
        if outcome.kind != "core":
            continue
        if server.get("cluster_enabled"):
            yield _finding(context, outcome, "P44", "This Redis is one node of a cluster.", keys=("BACKEND",))
        policy, limit = server.get("maxmemory_policy", "noeviction"), server.get("maxmemory", 0)
        if limit and policy != "noeviction":
            yield _finding(
                context,
                outcome,
                "P43",
                f"This Redis removes keys ({policy}) when it holds {limit / 2**20:.0f} MiB.",
                case="evicts",
                condition="when its memory is full",
            )


def _without_retry(context: Context, outcome: Outcome) -> Change | None:
    found = context.settings.find("CHANNEL_LAYERS", outcome.alias, "CONFIG", "hosts")
    if not found:
        return None
    first = getattr(found.value, "lineno", found.place.line)
    for number in range(first, getattr(found.value, "end_lineno", first) + 1):
        line = found.module.line(number)
        without = re.sub(r",?\s*[\"']retry[\"']\s*:\s*[\w.]+(\([^()]*(\([^()]*\))?[^()]*\))?", "", line)
        if without != line:
            return Change((line,), (without,) if without.strip(" ,") else ())
    return None
