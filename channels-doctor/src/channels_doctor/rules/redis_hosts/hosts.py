"""The hosts of a Redis layer: their shape, their timeouts, and who shares them."""

from collections.abc import Iterator

from channels_doctor.finding import Finding, finding
from channels_doctor.rules.context import Context
from channels_doctor.rules.redis_hosts import containers, reach
from channels_doctor.rules.redis_hosts.host_shape import cut_short, wrong_shape
from channels_doctor.rules.variables import unset_hosts
from channels_doctor.source.settings import first_item

SINCE_8 = (
    "redis-py stops reading after {timeout:g} s since version 8, and the layer waits {waits} s."
)
WITH_8 = "with redis-py 8, which pip installs unless you pin an older one"


def check(context: Context, alias, entry, place, written) -> Iterator[Finding]:
    """Yield what is wrong with the hosts of the layer that `entry` describes."""
    if alias in unset_hosts(context):
        return  # what is wrong then is told by name
    for connection in entry.get("connections", []):
        if connection.get("cut_short"):
            yield cut_short(connection, place("CONFIG", "hosts"))
            return
        if error := connection.get("error"):
            yield wrong_shape(alias, entry, error, place, written)
            return
    yield from _idle(context, alias, entry, place, written)
    told = list(reach.check(context, entry, place)) if context.network else []
    yield from told or containers.check(context, entry, written("CONFIG", "hosts"))


def _idle(context: Context, alias, entry, place, written) -> Iterator[Finding]:
    """P01: the connection's actual timeout, as redis-py sets it."""
    if entry["kind"] != "core":
        return
    if requires_older_packages(context):
        return
    for connection in entry.get("connections", []):
        timeout = connection.get("socket_timeout")
        if timeout is None:
            continue
        certain = timeout <= entry["seconds_to_block"]
        if not certain and context.facts["python"] >= [3, 12, 0]:
            continue
        what, condition = _why_idle(context, timeout, entry["seconds_to_block"])
        found = written("CONFIG", "hosts")
        host, port = connection.get("host", "127.0.0.1"), connection.get("port", 6379)
        yield finding(
            "P01",
            what,
            place("CONFIG", "hosts"),
            severity="warning" if condition else "error",
            condition=condition,
            values={"address": f"{host}:{port}"},
            change=first_item(found, entry.get("host_types")) if found else None,
        )
        return


def requires_older_packages(context: Context) -> bool:
    """Return whether the project's pins exclude the versions that stop reading too early."""
    return context.demands_below("redis", 8) or context.demands_below("channels_redis", 4)


def _why_idle(context: Context, timeout: float, waits: int) -> tuple[str, str]:
    """Return what a `timeout` does to a layer that `waits` that long, and when."""
    version = context.facts["versions"].get("redis", "")
    if timeout > waits:
        what = f"The timeout of {timeout:g} s can swallow the end of a task on Python 3.11."
        return what, "when a socket closes while its connection is made"
    if version or not context.facts.get("from_source"):
        what = f"redis-py {version} stops reading after {timeout:g} s, and the layer waits "
        return f"{what}{waits} s for a message.", ""
    return SINCE_8.format(timeout=timeout, waits=waits), WITH_8


def shared(context: Context) -> Iterator[Finding]:
    """P42: two layers with the same keys, or a database number that separates nothing."""
    seen = {}
    for alias, entry in context.layers.items():
        kind = entry.get("kind")
        if kind not in ("core", "pubsub"):
            continue
        for connection in entry.get("connections", []):
            if not connection.get("host"):
                continue
            at = (kind, connection["host"], connection["port"], entry["prefix"])
            at += (connection["db"],) if kind == "core" else ()
            place = context.settings.place("CHANNEL_LAYERS", alias, "CONFIG", "hosts")
            if at in seen and seen[at] != alias:
                yield finding(
                    "P42",
                    f"The layers {seen[at]} and {alias} use the same Redis and the same prefix.",
                    place,
                    condition="if both have a group of the same name",
                )
            elif kind == "pubsub" and connection["db"] and entry["prefix"] == "asgi":
                yield finding(
                    "P42",
                    f"Database {connection['db']} does not separate a pubsub layer from others.",
                    place,
                    condition="if another project uses this Redis without a prefix too",
                )
            seen.setdefault(at, alias)
