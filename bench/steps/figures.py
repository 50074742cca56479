"""Plays all faults on all steps, measures the steps, and writes docs/figures/steps.json."""

import asyncio
import contextlib
import json
import random
from functools import partial
from pathlib import Path

from rich.console import Console

from bench.chaos.faults import FAULTS
from bench.chaos.play import play as play_on_final
from bench.lab import machine
from bench.lab.open_files import raise_open_files_limit
from bench.lab.testbed import Testbed
from bench.load.options import Options
from bench.load.targets import APPS, Target
from bench.steps import chaos, load
from bench.steps.benchmark import target_of
from bench.steps.claims import CLAIMS, Claim
from bench.steps.stages import STAGES, Stage
from workshop.base.processes import run_until_signalled

NAME = "steps.json"
TOGETHER = 2  # steps that run at once: most of a round is waiting


def chaos_all(
    seed: int | None, folder: Path, fault: str | None = None, console: Console | None = None
) -> int:
    """Play the faults on every step and on the finished app. Returns 1 if a claim was broken.

    With a `fault`, only its results are replaced.
    """
    chaos.refuse_windows()
    console = console or Console(highlight=False, soft_wrap=True)
    seed = random.randrange(10_000) if seed is None else seed
    chosen = [claim for claim in CLAIMS if fault in (None, claim.fault)]
    rows = run_until_signalled(_play_all(chosen, seed, console))
    before = read(folder).get("chaos", {}).get("steps", {}) if fault else {}
    cells = {name: before.get(name, {}) | found for name, found in rows}
    played = {name for row in cells.values() for name in row}
    faults = [
        {"fault": claim.fault, "survived": claim.survived, "why": claim.why}
        for claim in CLAIMS
        if claim.fault in played
    ]
    write(folder, chaos={"seed": seed, "faults": faults, "steps": cells}, console=console)
    return 1 if any(cell["is_broken"] for _, row in rows for cell in row.values()) else 0


def load_all(options: Options, folder: Path, console: Console | None = None) -> int:
    """Measure every step and the finished app, one after another in each repetition."""
    console = console or Console(highlight=False)
    targets = [*map(target_of, STAGES), Target("final", "daphne", "core")]
    records = load.measure_all(targets, options, console)
    apps = load.summarise(records, options.kinds)
    console.print(load.table(apps))
    sizes = {name: getattr(options, name) for name in ("members", "seconds", "repetitions", "idle")}
    write(folder, load={"options": sizes, "steps": apps}, console=console)
    return 0


def write(folder: Path, console: Console, **part: dict) -> None:
    """Replace one part of steps.json, "chaos" or "load", and record the machine."""
    path = folder / NAME
    known = read(folder)
    [(name, content)] = part.items()
    known[name] = {"machine": machine.describe(), **content}
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(known, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    console.print(f"Written: {NAME}")


def read(folder: Path) -> dict:
    """Return the contents of `folder`'s steps.json, or nothing."""
    path = folder / NAME
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


async def _play_all(chosen: list[Claim], seed: int, console: Console) -> list[tuple[str, dict]]:
    gate = asyncio.Semaphore(TOGETHER)
    raise_open_files_limit()

    async def play_one(stage: Stage):
        plan = [(claim, seed) for claim in chosen if claim.is_played_on(stage)]
        async with gate:
            outcomes = await chaos.play_step(stage, plan, partial(_line, console))
        return f"step-{stage.number}", {one.claim.fault: _cell(one) for one in outcomes}

    async def play_final():
        async with gate:
            return "final", await _play_final(chosen, seed, console)

    return await asyncio.gather(*map(play_one, STAGES), play_final())


async def _play_final(chosen, seed, console) -> dict:
    cells = {}
    async with contextlib.AsyncExitStack() as stack:
        testbed = await stack.enter_async_context(Testbed(APPS["final"], "sqlite"))
        for claim in chosen:
            messages = claim.messages_with_sync or claim.messages
            sizes = {"clients": claim.clients, "messages": messages}
            result = await play_on_final(
                FAULTS[claim.fault], testbed, seed, layer="core", patience=40, **sizes
            )
            word = "survived" if result.is_good else "failed"
            console.print(f"{'final':<12} {word:<22} {claim.fault}", markup=False)
            ledger = result.ledger
            cells[claim.fault] = {
                "word": word,
                "lost": ledger.lost,
                "doubled": ledger.doubled,
                "is_broken": not result.is_good,
            }
    return cells


def _line(console: Console, outcome: chaos.StepOutcome) -> None:
    word = f"{outcome.stage.slug:<12} {outcome.words:<22} {outcome.claim.fault}"
    console.print(word, style="bold red" if outcome.is_broken_claim else None, markup=False)


def _cell(outcome: chaos.StepOutcome) -> dict:
    return {
        "word": "survived" if outcome.is_survived else "failed",
        "lost": outcome.lost,
        "doubled": outcome.doubled,
        "is_broken": outcome.is_broken_claim,
    }
