"""Measures steps side by side with step 05: a busy room, a quiet room, entries, idle memory."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bench.lab.cores import assign_cores
from bench.lab.open_files import raise_open_files_limit
from bench.load import scenarios
from bench.load.benchmark import RunningTarget
from bench.load.options import KINDS as EVERY_KIND
from bench.load.options import Options
from bench.load.targets import Target
from bench.steps import stages
from bench.steps.benchmark import StepBenchmark, target_of
from workshop.base.errors import UsageError
from workshop.base.processes import run_until_signalled

KINDS = ("busy", "quiet", "enter", "idle")
ENTRIES = 100  # at least, in rooms of the usual size
IDLE_SECONDS = 0.5  # only memory matters, and it's allocated at once


def _deliveries(record: dict) -> float:
    milliseconds = record["cpu_ms_per_1000"]["server"]
    return 1_000_000 / milliseconds if milliseconds else 0


def _entries(record: dict) -> float:
    milliseconds = record["entry_cpu_ms"]["server"]
    return 1_000 / milliseconds if milliseconds else 0


# Per second of the server's processor time, which other programs hardly affect.
FIGURES = {
    "busy": _deliveries,
    "quiet": _deliveries,
    "enter": _entries,
    "idle": lambda record: record["bytes_each"]["server"],
}
TITLES = {"busy": "busy room", "quiet": "quiet room", "enter": "entries", "idle": "idle memory"}


def fitting(options: Options) -> Options:
    """Return options for measuring a step: all of KINDS, unless some were chosen."""
    if options.kinds == tuple(EVERY_KIND):
        return replace(options, kinds=KINDS)
    unknown = [kind for kind in options.kinds if kind not in KINDS]
    if unknown:
        raise UsageError(f"With a step, --only has no {unknown[0]}. There are: {', '.join(KINDS)}.")
    return options


def run(slug: str, options: Options, console: Console | None = None) -> int:
    """Alternate between measuring a step and step 05, and print the ratios to step 05."""
    stage = stages.find(slug)
    console = console or Console(highlight=False)
    targets = list(dict.fromkeys([target_of(stages.STAGES[0]), target_of(stage)]))
    records = measure_all(targets, options, console)
    console.print(table(summarise(records, options.kinds)))
    console.print(
        "Per second of the server's processor time, with the minimum and maximum in brackets."
    )
    return 0


def measure_all(targets: Sequence[Target], options: Options, console: Console) -> list[dict]:
    """Return the records of all repetitions. Each measures every target, in order."""
    options = replace(options, crowds=(options.members,), entries=ENTRIES)
    raise_open_files_limit()
    cores = assign_cores()
    console.print(cores.describe())
    return run_until_signalled(_measure(targets, options, cores, console))


async def _measure(targets, options, cores, console) -> list[dict]:
    chosen = [stage for stage in stages.STAGES if target_of(stage) in targets]
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    records = []
    async with contextlib.AsyncExitStack() as stack:
        progress = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
        stack.enter_context(progress)
        task = progress.add_task("getting ready", total=options.repetitions * len(targets))
        benchmark = await stack.enter_async_context(StepBenchmark(cores, chosen))
        for repetition in range(options.repetitions):
            for target in targets:
                progress.update(task, description=f"{target.app}, {repetition + 1}")
                async with benchmark.running(target) as running:
                    found = await _visit(running, options)
                records += [{"repetition": repetition, **record} for record in found]
                progress.advance(task)
    return records


async def _visit(running: RunningTarget, options: Options) -> list[dict]:
    records = [record async for record in scenarios.in_rooms(running, options)]
    if "idle" in options.kinds:
        rooms = max(1, options.idle // options.members)
        record = await running.measure("idle", options.members, rooms, seconds=IDLE_SECONDS)
        records.append({"kind": "idle", **record})
    return records


def summarise(records: Sequence[dict], kinds: Sequence[str] = KINDS) -> dict[str, dict]:
    """Return {app: {kind: figures}}: the median, and the ratios to the first target's.

    Ratios are taken within a repetition, so a slow minute affects both sides.
    """
    baseline = records[0]["target"]
    apps = {}
    for kind in (kind for kind in KINDS if kind in kinds):
        chosen = [record for record in records if record["kind"] == kind]
        base = {r["repetition"]: FIGURES[kind](r) for r in chosen if r["target"] == baseline}
        for target in dict.fromkeys(record["target"] for record in chosen):
            own = [record for record in chosen if record["target"] == target]
            pairs = [(FIGURES[kind](record), base[record["repetition"]]) for record in own]
            apps.setdefault(Target.named(target).app, {})[kind] = _figures(pairs)
    return apps


def _figures(pairs: Sequence[tuple[float, float]]) -> dict:
    """Return figures for pairs of values: a step's and step 05's.

    A few sockets use too little memory to measure, so step 05 may have no value.
    """
    ratios = [own / base for own, base in pairs if base > 0] or [0]
    return {
        "median": round(median(own for own, _ in pairs)),
        "ratio": round(median(ratios), 2),
        "least": round(min(ratios), 2),
        "most": round(max(ratios), 2),
    }


def table(apps: dict[str, dict]) -> Table:
    """Return a table with a line for each app."""
    kinds = list(next(iter(apps.values())))
    shown = Table("", *(TITLES[kind] for kind in kinds), box=box.SIMPLE)
    for app, figures in apps.items():
        shown.add_row(app, *(_cell(kind, figures[kind]) for kind in kinds))
    return shown


def _cell(kind: str, figure: dict) -> str:
    absolute = f"{figure['median']:,}/s"
    if kind == "idle":
        absolute = f"{figure['median'] / 1024:.0f} KiB"
    return f"{figure['ratio']:.2f} ({figure['least']:.2f}–{figure['most']:.2f})\n{absolute}"
