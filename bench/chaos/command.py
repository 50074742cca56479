"""The `chaos` command: causes faults, shows progress, and prints the ledgers."""

import contextlib
import difflib
import os
import random
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.chaos import report
from bench.chaos.faults import FAULTS, Fault
from bench.chaos.play import RoundResult, play
from bench.hosts import testbed as hosts_testbed
from bench.hosts.testbed import HostsTestbed
from bench.lab.testbed import Testbed
from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT
from workshop.base.processes import run_until_signalled
from workshop.services import postgres_server

APP = ROOT / "final"


def run(
    fault: str | None = None,
    seed: int | None = None,
    rounds: int = 1,
    *,
    database: str | None = None,
    layer: str | None = None,
    folder: Path = APP,
    output: Path | None = None,
    console: Console | None = None,
    **options: object,
) -> int:
    """Play `fault`, or all faults, `rounds` times each. Returns 0 if nothing went wrong, else 1.

    Round N uses `seed` + N - 1. If there's no seed, it is chosen at random. `options` are passed to
    `play`, and each fault has its own defaults for them. The totals go to `output` as JSON. Raises
    UsageError for an unknown fault or an impossible option, and WorkshopError if the app doesn't
    start or if something that the fault needs is missing.
    """
    console = console or Console(highlight=False, soft_wrap=True)
    chosen = _chosen(fault, folder, layer, database, console)
    seed = random.randrange(10_000) if seed is None else seed
    plan = [(fault, seed + number) for number in range(rounds) for fault in chosen]
    options["layer"] = layer or ""
    results = run_until_signalled(_play_all(plan, folder, database, options, console))
    report.summary(console, results)
    if output:
        report.write(output, results)
    return 0 if all(result.is_good for result in results) else 1


def _chosen(name, folder, layer, database, console) -> list[Fault]:
    """Return the fault called `name`, or all faults that this machine can play."""
    if os.name == "nt":
        raise WorkshopError("`chaos` stops processes in ways that Windows can't: use WSL.")
    chosen = [find(name)] if name else list(FAULTS.values())
    if not (folder / "manage.py").is_file():
        raise WorkshopError(f"{folder.name} is not in this copy of the workshop.")
    _refuse_impossible(chosen, layer, database)
    return _playable(chosen, console)


def find(name: str) -> Fault:
    """Return the fault called `name`. Raises UsageError that suggests the closest name."""
    if name in FAULTS:
        return FAULTS[name]
    near = difflib.get_close_matches(name, FAULTS, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(f"There is no fault called {name}.{guess} There are: {', '.join(FAULTS)}.")


def default_database(fault: Fault) -> str:
    """Return the database that `fault` uses by default."""
    if fault.needs_postgres:
        return "postgres"
    return "postgres" if fault.processes > 1 and postgres_server.find_programs() else "sqlite"


def make_testbed(folder: Path, wanted: str) -> Testbed:
    """Return an app's testbed: several hosts, or one host with the `wanted` database."""
    return HostsTestbed(folder) if wanted == "hosts" else Testbed(folder, wanted)


def _refuse_impossible(chosen, layer, database):
    if layer == "memory" and any(fault.processes > 1 for fault in chosen):
        raise UsageError("The in-memory layer serves one process: choose core or pubsub.")
    if database == "sqlite" and any(fault.needs_postgres for fault in chosen):
        names = ", ".join(fault.name for fault in chosen if fault.needs_postgres)
        raise UsageError(f"Only PostgreSQL can be used for {names}: choose --database postgres.")


def _playable(chosen, console) -> list[Fault]:
    """Leave out faults that this machine can't play, unless that leaves none."""
    playable = []
    for fault in chosen:
        reason = why_not(fault)
        if reason and len(chosen) > 1:
            console.print(f"Left out: {fault.name}, because {reason}.")
        elif reason and fault.needs_hosts:
            raise WorkshopError(f"{fault.name} can't be played here: {reason}.")
        else:
            playable.append(fault)
    return playable


def why_not(fault: Fault) -> str:
    """Return why this machine can't play `fault`, and what to do; "" if it can."""
    if fault.needs_hosts:
        return hosts_testbed.why_not()
    if fault.needs_postgres and not postgres_server.find_programs():
        return "PostgreSQL is not installed"
    return ""


async def _play_all(plan, folder, database, options, console) -> list[RoundResult]:
    results, testbeds = [], {}
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    async with contextlib.AsyncExitStack() as stack:
        progress = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
        stack.enter_context(progress)
        task = progress.add_task("getting ready", total=len(plan))
        for fault, seed in plan:
            progress.update(task, description=f"{fault.name}, seed {seed}")
            wanted = "hosts" if fault.needs_hosts else database or default_database(fault)
            if wanted not in testbeds:
                testbeds[wanted] = await stack.enter_async_context(make_testbed(folder, wanted))
            result = await play(fault, testbeds[wanted], seed, **options)
            results.append(result)
            report.round_line(console, result)
            progress.advance(task)
    return results
