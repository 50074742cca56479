"""The hosts of a Redis layer: their shape, their timeouts, and who shares them."""

from collections.abc import Iterator

from workshop.doctor.context import Context
from workshop.doctor.finding import Finding, finding
from workshop.doctor.looks import reach
from workshop.doctor.looks.host_shape import cut_short, wrong_shape
from workshop.doctor.places import first_item


def look(context: Context, alias, entry, place, written) -> Iterator[Finding]:
    """Yield what is wrong with the hosts of the layer that `entry` describes."""
    for connection in entry.get("connections", []):
        if connection.get("cut_short"):
            yield cut_short(connection, place("CONFIG", "hosts"))
            return
        if error := connection.get("error"):
            yield wrong_shape(alias, entry, error, place, written)
            return
    yield from _idle(context, alias, entry, place, written)
    if context.network:
        yield from reach.look(context, entry, place)


def _idle(context: Context, alias, entry, place, written) -> Iterator[Finding]:
    """P01: the connection's real timeout, as redis-py itself makes it."""
    if entry["kind"] != "core":
        return
    for connection in entry.get("connections", []):
        timeout = connection.get("socket_timeout")
        if timeout is None:
            continue
        certain = timeout <= entry["seconds_to_block"]
        if not certain and context.facts["python"] >= [3, 12, 0]:
            continue
        found = written("CONFIG", "hosts")
        change = first_item(found) if found else None
        version = context.facts["versions"].get("redis", "")
        host, port = connection.get("host", "127.0.0.1"), connection.get("port", 6379)
        yield finding(
            "P01",
            f"redis-py {version} stops reading after {timeout:g} s, and the layer waits "
            f"{entry['seconds_to_block']} s for a message."
            if certain
            else f"The timeout of {timeout:g} s can swallow the end of a task on Python 3.11.",
            place("CONFIG", "hosts"),
            severity="error" if certain else "warning",
            condition="" if certain else "when a socket closes while its connection is made",
            fill={"127.0.0.1:6379": f"{host}:{port}"},
            change=change,
        )
        return


def shared(context: Context) -> Iterator[Finding]:
    """P42: two layers with the same keys, or a database number where it separates nothing."""
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
