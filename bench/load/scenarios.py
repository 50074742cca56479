"""Measures a running target; each scenario returns one record or more."""

from collections.abc import AsyncIterator

from bench.load.benchmark import RunningTarget
from bench.load.options import IN_ROOMS, Options

IDLE_SECONDS = 5.0
FINAL_IDLE_SECONDS = 24.0  # the finished app's heartbeat comes every 20 to 24 seconds


async def in_rooms(running: RunningTarget, options: Options) -> AsyncIterator[dict]:
    """Yield the records of a target in one repetition."""
    for kind in (kind for kind in IN_ROOMS if kind in options.kinds):
        async for record in SCENARIOS[kind](running, options):
            yield {"kind": kind, **record}


async def busy(running: RunningTarget, options: Options) -> AsyncIterator[dict]:
    """Measure a busy room: a few senders, each with several texts in flight."""
    yield await _busy(running, options, options.members, options.rooms)


async def quiet(running: RunningTarget, options: Options) -> AsyncIterator[dict]:
    """Measure a quiet room: one sender that waits for each text to come back."""
    parameters = {"warm": options.warm, "seconds": options.seconds, "senders": 1, "window": 1}
    yield await running.measure("talk", options.members, options.rooms, **parameters)


async def rate(running: RunningTarget, options: Options) -> AsyncIterator[dict]:
    """Measure one room per fixed rate. The rates are shares of the busy room's throughput."""
    full = await _busy(running, options, options.members, options.rooms)
    for share in options.rates:
        texts_per_s = max(1.0, full["texts_per_s"] * share)
        parameters = {
            "warm": options.warm,
            "seconds": options.seconds,
            "senders": min(options.senders, options.members),
            "rate": texts_per_s,
        }
        record = await running.measure("talk", options.members, options.rooms, **parameters)
        yield {"part": share, "rate": round(texts_per_s, 1), **record}


async def burst(running: RunningTarget, options: Options) -> AsyncIterator[dict]:
    """Measure a room in which many texts are sent at once."""
    parameters = {"senders": min(options.senders, options.members), "burst": options.burst}
    yield await running.measure("talk", options.members, options.rooms, **parameters)


async def members(running: RunningTarget, options: Options) -> AsyncIterator[dict]:
    """Measure the busy room with fewer and with more members."""
    for size in options.sizes:
        yield await _busy(running, options, size, 1)


async def storm(running: RunningTarget, options: Options) -> AsyncIterator[dict]:
    """Measure what happens if everybody enters at once, in rooms of the usual size."""
    rooms = max(1, options.storm // options.members)
    yield await running.measure("storm", options.members, rooms)


async def enter(running: RunningTarget, options: Options) -> AsyncIterator[dict]:
    """Measure the cost of entering, while empty rooms fill up to each size."""
    for size in options.crowds:
        record = await running.measure("enter", size, max(1, options.entries // size))
        yield {"size": size, **record}


async def idle(running: RunningTarget, options: Options) -> dict:
    """Measure what many idle sockets cost, in rooms of the usual size."""
    rooms = max(1, options.idle // options.members)
    seconds = FINAL_IDLE_SECONDS if running.target.app == "final" else IDLE_SECONDS
    record = await running.measure("idle", options.members, rooms, seconds=seconds)
    return {"kind": "idle", **record}


async def _busy(running, options, size, rooms) -> dict:
    parameters = {
        "senders": min(options.senders, size),
        "window": options.window,
        "warm": options.warm,
        "seconds": options.seconds,
    }
    return await running.measure("talk", size, rooms, **parameters)


SCENARIOS = {
    "busy": busy,
    "quiet": quiet,
    "rate": rate,
    "burst": burst,
    "members": members,
    "storm": storm,
    "enter": enter,
}
