"""The verb `load`: measures, shows how far it is, prints the tables, writes JSON and plots."""

import asyncio
import contextlib
import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workshop import course
from workshop.errors import UsageError, WorkshopError
from workshop.load import ceiling, cores, goals, machine, node, plan, report, storing, targets
from workshop.load.bench import Bench
from workshop.load.options import Options
from workshop.load.summary import summarise
from workshop.processes import ended_by_signals

WANTED_FILES = 10_000


def run(
    servers: str,
    layers: str,
    against: str,
    options: Options,
    output: Path,
    console: Console | None = None,
) -> int:
    """Measure; return 1 where the finished app got a text wrong, else 0.

    Raises UsageError for an unknown name, WorkshopError where something does not start.
    """
    console = console or Console(highlight=False)
    chosen, left_out = targets.sort_out(targets.choose(servers, layers, against))
    chosen, left_out = _with_node(chosen, left_out, console)
    left_out += [
        targets.LeftOut(f"storing on {name}", why)
        for name in storing.DATABASES
        if "store" in options.kinds and (why := storing.missing(name))
    ]
    if not chosen:
        raise UsageError("Nothing is left to measure: name something for --servers or --against.")
    _raise_the_limit_of_open_files()
    with ended_by_signals():
        result = asyncio.run(_measure(chosen, options, console))
    result["left_out"] = [asdict(one) for one in left_out]
    report.show(console, result)
    for path in write(result, output):
        console.print(f"Written: {_short(path)}", markup=False, soft_wrap=True)
    rows = [row for rows in result["summary"].values() for row in rows if "wrong" in row]
    return 1 if any(row["wrong"] and row["target"].startswith("final ") for row in rows) else 0


def write(result: dict, folder: Path) -> list[Path]:
    """Write the run as JSON and as plots into `folder`; return the files."""
    from workshop.load import plots

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "load.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return [path, *plots.draw(result, folder)]


async def _measure(chosen, options, console) -> dict:
    places = cores.share_out()
    console.print(places.describe())
    steps = list(plan.steps(chosen, options))
    records = []
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    async with contextlib.AsyncExitStack() as stack:
        progress = Progress(
            *columns, TimeElapsedColumn(), console=console, transient=True, refresh_per_second=2
        )
        stack.enter_context(progress)
        task = progress.add_task("getting ready", total=len(steps) + 1)
        bench = await stack.enter_async_context(Bench(places, options.database, options.text_size))
        shared = bench
        if any(step.is_shared for step in steps) and not storing.missing("postgres"):
            shared = Bench(places, "postgres", options.text_size)
            await stack.enter_async_context(shared)
        seconds = min(options.seconds, 2.0)
        most = await ceiling.measure(places, options.members, seconds, bench.stage.place)
        console.print(ceiling.sentence(most))
        progress.advance(task)
        for step in steps:
            name = f"{step.name}, {step.repetition + 1} of {options.repetitions}"
            progress.update(task, description=name)
            found = await step.do(shared if step.is_shared else bench)
            records += [{"repetition": step.repetition, **record} for record in found]
            progress.advance(task)
    summary = summarise(records)
    return {
        "machine": machine.describe(),
        "cores": asdict(places),
        "options": asdict(options),
        "ceiling": most,
        "summary": summary,
        "goals": goals.judge(summary, records),
        "records": records,
    }


def _with_node(chosen, left_out, console):
    """Install the Node rivals' packages; leave those rivals out where that fails."""
    wanted = [target for target in chosen if target.app in targets.NODE_RIVALS]
    if not wanted:
        return chosen, left_out
    try:
        with console.status("Installing socket.io and ws (once)"):
            node.prepare()
    except WorkshopError as error:
        why = str(error).rstrip(".")
        left_out += [targets.LeftOut(target.name, why) for target in wanted]
        chosen = [target for target in chosen if target not in wanted]
    return chosen, left_out


def _raise_the_limit_of_open_files() -> None:
    """Thousands of sockets need as many files as the system lets us have."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = WANTED_FILES if most == resource.RLIM_INFINITY else min(WANTED_FILES, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _short(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return str(path.resolve().relative_to(course.ROOT))
    return str(path)
