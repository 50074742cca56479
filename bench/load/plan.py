"""The order of a run: each repetition visits all targets, so a slow minute affects all of them."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.load import scaling, scenarios, store
from bench.load.benchmark import Benchmark
from bench.load.options import IN_ROOMS, Options
from bench.load.targets import Target


@dataclass(frozen=True)
class Measurement:
    """Part of a run: its name in the progress bar, and a function that returns its records.

    `is_shared` means that several servers share the database, which must allow several writers.
    """

    name: str
    repetition: int
    is_shared: bool
    measure: Callable[[Benchmark], Awaitable[list[dict]]]


def measurements(targets: Sequence[Target], options: Options) -> Iterator[Measurement]:
    """Yield a run's measurements in order."""
    wanted = set(options.kinds)
    for repetition in range(options.repetitions):
        first = repetition % len(targets)
        for target in [*targets[first:], *targets[:first]] if wanted & set(IN_ROOMS) else ():
            yield Measurement(target.name, repetition, False, _visit(target, options))
        for target in _shared(targets):
            yield from _scaling(target, repetition, options)
    for target in targets if "idle" in wanted else ():
        yield Measurement(f"{target.name}, idle", 0, False, _idle(target, options))
    for database in store.DATABASES if "store" in wanted else ():
        if not store.why_missing(database):
            yield Measurement(f"storing on {database}", 0, False, _store(database, options))


def _scaling(target, repetition, options) -> Iterator[Measurement]:
    for count in options.processes if "servers" in options.kinds else ():
        name = f"{target.name}, {count} processes"
        measure = _scale(scaling.processes, target, options, count)
        yield Measurement(name, repetition, True, measure)
    for count in (1, 2) if "redis" in options.kinds else ():
        name = f"{target.name}, {count} Redis"
        measure = _scale(scaling.redis_servers, target, options, count)
        yield Measurement(name, repetition, True, measure)


def _shared(targets) -> list[Target]:
    """Return the finished app on a layer that processes can share. One kind of server is enough."""
    found = [target for target in targets if target.app == "final" and target.layer != "memory"]
    return found[-1:]


def _visit(target, options):
    async def measure(benchmark):
        async with benchmark.running(target) as running:
            return [record async for record in scenarios.in_rooms(running, options)]

    return measure


def _idle(target, options):
    async def measure(benchmark):
        async with benchmark.running(target) as running:
            return [await scenarios.idle(running, options)]

    return measure


def _scale(scale, target, options, count):
    async def measure(benchmark):
        return [await scale(benchmark, target, options, count)]

    return measure


def _store(database, options):
    async def measure(benchmark):
        return [await store.measure(benchmark, database, max(0.3, options.seconds / 2))]

    return measure
