"""The order of a run: every repetition visits all targets, so that a slow minute hits all alike."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from workshop.load import growth, scenes, storing
from workshop.load.bench import Bench
from workshop.load.options import IN_ROOMS, Options
from workshop.load.targets import Target


@dataclass(frozen=True)
class Step:
    """A part of a run: what the progress bar calls it, and what it does. It returns records."""

    name: str
    repetition: int
    is_shared: bool  # by several servers: wants a database that takes several writers
    do: Callable[[Bench], Awaitable[list[dict]]]


def steps(targets: Sequence[Target], options: Options) -> Iterator[Step]:
    """Yield the steps of a run in their order."""
    wanted = set(options.kinds)
    for repetition in range(options.repetitions):
        turned = [*targets[repetition % len(targets) :], *targets[: repetition % len(targets)]]
        for target in turned if wanted & {*IN_ROOMS, "storm"} else ():
            yield Step(target.name, repetition, False, _visit(target, options))
        for count in options.processes if "servers" in wanted else ():
            for target in _shared(targets):
                name = f"{target.name}, {count} processes"
                yield Step(name, repetition, True, _grow(growth.servers, target, options, count))
        for count in (1, 2) if "redis" in wanted else ():
            for target in _shared(targets):
                name = f"{target.name}, {count} Redis"
                yield Step(name, repetition, True, _grow(growth.redis, target, options, count))
    for target in targets if "idle" in wanted else ():
        yield Step(f"{target.name}, idle", 0, False, _still(scenes.idle, target, options))
    for target in targets if "join" in wanted else ():
        if target.app in ("final", "step-05"):
            yield Step(
                f"{target.name}, a full room", 0, False, _still(scenes.join, target, options)
            )
    for database in storing.DATABASES if "store" in wanted else ():
        if not storing.missing(database):
            yield Step(f"storing on {database}", 0, False, _store(database, options))


def _shared(targets):
    """The finished app where its processes can share something; one server kind is enough."""
    found = [one for one in targets if one.app == "final" and one.layer != "memory"]
    return found[-1:]


def _visit(target, options):
    async def do(bench):
        async with bench.serving(target) as served:
            records = [record async for record in scenes.in_rooms(served, options)]
            if "storm" in options.kinds:
                records.append(await scenes.storm(served, options))
            return records

    return do


def _still(scene, target, options):
    async def do(bench):
        async with bench.serving(target) as served:
            return [await scene(served, options)]

    return do


def _grow(measure, target, options, count):
    async def do(bench):
        return [await measure(bench, target, options, count)]

    return do


def _store(database, options):
    async def do(bench):
        return [await storing.measure(bench, database, max(0.3, options.seconds / 2))]

    return do
