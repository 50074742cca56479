"""The verb `chaos`: plays faults, shows how far it is, and prints the ledgers."""

import asyncio
import contextlib
import difflib
import os
import random
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workshop import course, postgres_server
from workshop.chaos import report
from workshop.chaos.faults import FAULTS, Fault
from workshop.chaos.play import Outcome, play
from workshop.chaos.stage import Stage
from workshop.errors import UsageError, WorkshopError
from workshop.processes import ended_by_signals

APP = "final"


def run(
    fault: str | None = None,
    seed: int | None = None,
    rounds: int = 1,
    *,
    server: str = "daphne",
    database: str | None = None,
    layer: str | None = None,
    clients: int = 0,
    messages: int = 0,
    without: Sequence[str] = (),
    patience: float = 0,
    folder: Path | None = None,
    console: Console | None = None,
) -> int:
    """Play `fault`, or all, `rounds` times each; return 0 where all was well, else 1.

    Round N uses `seed` + N - 1; without a seed one is drawn. What else is not given is the fault's
    own choice. Raises UsageError for an unknown fault, WorkshopError where the app does
    not start or a needed server is missing.
    """
    if os.name == "nt":
        raise WorkshopError("chaos stops processes in ways that Windows lacks: use WSL.")
    chosen = [find(fault)] if fault else list(FAULTS.values())
    folder = folder or course.find(APP).folder
    if not (folder / "manage.py").is_file():
        raise WorkshopError(f"{folder.name} is not in this copy of the workshop.")
    if layer == "memory" and any(one.processes > 1 for one in chosen):
        raise UsageError("The in-memory layer serves one process: choose core or pubsub.")
    seed = random.randrange(10_000) if seed is None else seed
    console = console or Console(highlight=False, soft_wrap=True)
    options = {"server": server, "layer": layer or "", "clients": clients, "messages": messages}
    options |= {"without": without, "patience": patience}
    plan = [(one, seed + number) for number in range(rounds) for one in chosen]
    with ended_by_signals():
        outcomes = asyncio.run(_play_all(plan, folder, database, options, console))
    report.summary(console, outcomes)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def find(name: str) -> Fault:
    """Return the fault called `name`. Raises UsageError, with the nearest name."""
    if name in FAULTS:
        return FAULTS[name]
    near = difflib.get_close_matches(name, FAULTS, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(f"There is no fault called {name}.{guess} There are: {', '.join(FAULTS)}.")


def usual_database(fault: Fault) -> str:
    """Return the database that `fault` uses where nobody says another."""
    return "postgres" if fault.processes > 1 and postgres_server.programs() else "sqlite"


async def _play_all(plan, folder, database, options, console) -> list[Outcome]:
    outcomes, stages = [], {}
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    async with contextlib.AsyncExitStack() as stack:
        progress = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
        stack.enter_context(progress)
        task = progress.add_task("getting ready", total=len(plan))
        for fault, seed in plan:
            progress.update(task, description=f"{fault.name}, seed {seed}")
            wanted = database or usual_database(fault)
            if wanted not in stages:
                stages[wanted] = await stack.enter_async_context(Stage(folder, wanted))
            outcome = await play(fault, stages[wanted], seed, **options)
            outcomes.append(outcome)
            report.round_line(console, outcome)
            progress.advance(task)
    return outcomes
