"""The `load` command: measures, shows progress, prints tables, writes JSON and plots."""

import contextlib
import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.lab import machine
from bench.lab.cores import Cores, assign_cores
from bench.lab.open_files import raise_open_files_limit
from bench.load import ceiling, node, plan, store, targets
from bench.load.benchmark import Benchmark
from bench.load.options import Options
from bench.load.results import goals, markdown, report
from bench.load.results.summary import summarise
from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT
from workshop.base.processes import run_until_signalled

CEILING_SECONDS = 2.0


def run(
    servers: str,
    layers: str,
    against: str,
    options: Options,
    output: Path,
    console: Console | None = None,
) -> int:
    """Measure; return 1 if the finished app got a text wrong, else 0.

    Raises UsageError for an unknown name, WorkshopError if something doesn't start.
    """
    console = console or Console(highlight=False)
    chosen, left_out = _available(targets.choose(servers, layers, against), options, console)
    if not chosen:
        raise UsageError("Nothing is left to measure: name something for --servers or --against.")
    raise_open_files_limit()
    result = run_until_signalled(_measure(chosen, options, console))
    result["left_out"] = [asdict(target) for target in left_out]
    report.show(console, result)
    for path in write(result, output):
        console.print(f"Written: {_short(path)}", markup=False, soft_wrap=True)
    rows = [row for rows in result["summary"].values() for row in rows if row.get("wrong")]
    return 1 if any(targets.Target.named(row["target"]).app == "final" for row in rows) else 0


def evaluate(result: dict) -> dict:
    """Return `result` with what its records imply: medians, goals and tables."""
    summary = summarise(result["records"])
    judged = result | {"summary": summary, "goals": goals.judge(summary, result["records"])}
    return judged | {"tables": markdown.tables(judged)}


def write(result: dict, folder: Path) -> list[Path]:
    """Write the run to `folder` as JSON and plots. Returns the files."""
    from bench.load.results import plots

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "load.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return [path, *plots.draw(result, folder)]


async def _measure(chosen, options, console) -> dict:
    cores = assign_cores()
    console.print(cores.describe())
    steps = list(plan.measurements(chosen, options))
    async with contextlib.AsyncExitStack() as stack:
        progress = stack.enter_context(_progress(console))
        task = progress.add_task("getting ready", total=len(steps) + 1)
        own = Benchmark(cores, options.database, options.text_size)
        own = await stack.enter_async_context(own)
        shared = own
        if any(step.is_shared for step in steps) and not store.why_missing("postgres"):
            shared = Benchmark(cores, "postgres", options.text_size)
            await stack.enter_async_context(shared)
        most = await _ceiling(cores, options, own, console)
        progress.advance(task)
        records = []
        for step in steps:
            name = f"{step.name}, {step.repetition + 1} of {options.repetitions}"
            progress.update(task, description=name)
            found = await step.measure(shared if step.is_shared else own)
            records += [{"repetition": step.repetition, **record} for record in found]
            progress.advance(task)
    return evaluate(_result(cores, options, most, records))


def _result(cores: Cores, options: Options, most: dict, records: list[dict]) -> dict:
    """Return a run's records, and how and on which machine they were measured."""
    return {
        "machine": machine.describe(),
        "cores": asdict(cores),
        "options": asdict(options),
        "ceiling": most,
        "records": records,
    }


async def _ceiling(cores: Cores, options: Options, benchmark: Benchmark, console) -> dict:
    seconds = min(options.seconds, CEILING_SECONDS)
    most = await ceiling.measure(cores, options.members, seconds, benchmark.testbed.folder)
    console.print(ceiling.sentence(most))
    return most


def _progress(console) -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    options = {"console": console, "transient": True, "refresh_per_second": 2}
    return Progress(*columns, TimeElapsedColumn(), **options)


def _available(wanted, options, console):
    """Return the targets that can run here, and those that are left out."""
    chosen, left_out = targets.split_by_availability(wanted)
    node_rivals = [target for target in chosen if target.app in targets.NODE_RIVALS]
    if node_rivals and (why := _install_node_rivals(console)):
        left_out += [targets.LeftOut(target.name, why) for target in node_rivals]
        chosen = [target for target in chosen if target not in node_rivals]
    for database in store.DATABASES if "store" in options.kinds else ():
        if why := store.why_missing(database):
            left_out.append(targets.LeftOut(f"storing on {database}", why))
    return chosen, left_out


def _install_node_rivals(console) -> str:
    """Install the Node rivals' packages. Returns why that failed, or an empty string."""
    try:
        with console.status("Installing socket.io and ws (once)"):
            node.prepare()
    except WorkshopError as error:
        return str(error).rstrip(".")
    return ""


def _short(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return str(path.resolve().relative_to(ROOT))
    return str(path)
