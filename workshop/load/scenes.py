"""The scenes that are played on a target while it runs; each gives one record or more."""

from collections.abc import AsyncIterator

from workshop.load.bench import Served
from workshop.load.options import IN_ROOMS, Options

A_WHILE, A_BEAT = 5.0, 24.0  # seconds; the finished app looks after its sockets every 20 to 24
SAMPLED = 20  # people who enter a full room, for each size


async def in_rooms(served: Served, options: Options) -> AsyncIterator[dict]:
    """Yield the records of a target in one repetition: rooms where people talk."""
    size, rooms = options.members, options.rooms
    pace = {"warm": options.warm, "seconds": options.seconds}
    loop = {"senders": min(options.senders, size), "window": options.window, **pace}
    most = None
    for kind in (kind for kind in IN_ROOMS if kind in options.kinds):
        if kind == "busy":
            record = await served.play("talk", size, rooms, **loop)
            most = record["texts_per_s"]
            yield {"kind": kind, **record}
        elif kind == "quiet":
            wishes = {**pace, "senders": 1, "window": 1}
            yield {"kind": kind, **await served.play("talk", size, rooms, **wishes)}
        elif kind == "rate":
            most = most or (await served.play("talk", size, rooms, **loop))["texts_per_s"]
            for part in options.rates:
                rate = max(1.0, most * part)
                wishes = {**pace, "senders": loop["senders"], "rate": rate}
                record = await served.play("talk", size, rooms, **wishes)
                yield {"kind": kind, "part": part, "rate": round(rate, 1), **record}
        elif kind == "burst":
            wishes = {"senders": loop["senders"], "burst": options.burst}
            yield {"kind": kind, **await served.play("talk", size, rooms, **wishes)}
        elif kind == "members":
            for other in options.sizes:
                wishes = {**loop, "senders": min(options.senders, other)}
                yield {"kind": kind, **await served.play("talk", other, 1, **wishes)}


async def storm(served: Served, options: Options) -> dict:
    """Everybody enters at once, in rooms of the usual size."""
    rooms = max(1, options.storm // options.members)
    return {"kind": "storm", **await served.play("storm", options.members, rooms)}


async def idle(served: Served, options: Options) -> dict:
    """Many sockets, in rooms of the usual size, say nothing for a while."""
    rooms = max(1, options.idle // options.members)
    wishes = {"seconds": A_BEAT if served.target.app == "final" else A_WHILE}
    return {"kind": "idle", **await served.play("idle", options.members, rooms, **wishes)}


async def join(served: Served, options: Options) -> dict:
    """One after the other enters a room that is full already."""
    everybody = max(options.crowds) + SAMPLED * len(options.crowds)
    sizes = [size + SAMPLED * number for number, size in enumerate(sorted(options.crowds))]
    wishes = {"sizes": sizes, "sampled": SAMPLED}
    return {"kind": "join", **await served.play("join", everybody, **wishes)}
