"""Plays the faults that can affect a step's stack, and reports which ones it survives."""

import asyncio
import contextlib
import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from rich.console import Console

from bench.chaos import report
from bench.chaos.faults import FAULTS
from bench.chaos.play import RoundResult, finish
from bench.lab.open_files import raise_open_files_limit
from bench.steps import claims, stages
from bench.steps.claims import Claim
from bench.steps.round import StepRound
from bench.steps.stages import Stage
from bench.steps.testbed import StepTestbed
from workshop.base.errors import UsageError, WorkshopError
from workshop.base.processes import run_until_signalled


@dataclass(frozen=True)
class StepOutcome:
    """A fault's effect on a step: how many messages were lost or duplicated."""

    stage: Stage
    claim: Claim
    result: RoundResult
    lost: int
    doubled: int

    @property
    def is_survived(self) -> bool:
        return self.result.is_good

    @property
    def is_broken_claim(self) -> bool:
        """Return whether the step claims to survive this but didn't."""
        return not self.is_survived and self.claim.is_made_by(self.stage)

    @property
    def words(self) -> str:
        if self.is_survived:
            return "survived"
        if self.lost or self.doubled:
            return f"lost {self.lost}, doubled {self.doubled}"
        return "failed"


def run(
    slug: str,
    fault: str | None = None,
    seed: int | None = None,
    rounds: int = 1,
    *,
    server: str = "daphne",
    without: Sequence[str] = (),
    console: Console | None = None,
) -> int:
    """Play `fault`, or every fault that applies to the step, `rounds` times each.

    Return 1 if the step did not survive a fault that it claims to survive, else 0. Raises
    UsageError for a step, a fault or an option that can't be played.
    """
    stage = stages.find(slug)
    chosen = choose(stage, fault)
    if without and not stage.knows("sync" if "sync" in without else "delivery"):
        raise UsageError(f"The page of {slug} has no part that --without could leave out.")
    console = console or Console(highlight=False, soft_wrap=True)
    seed = random.randrange(10_000) if seed is None else seed
    plan = [(claim, seed + number) for number in range(rounds) for claim in chosen]
    refuse_windows()
    playing = play_step(stage, plan, partial(show, console), server=server, without=without)
    outcomes = run_until_signalled(playing)
    survived = sum(outcome.is_survived for outcome in outcomes)
    console.print(f"{slug} survived {survived} of {len(outcomes)}.")
    return 1 if any(outcome.is_broken_claim for outcome in outcomes) else 0


def choose(stage: Stage, fault: str | None) -> list[Claim]:
    """Return the claim about `fault`, or all claims about `stage`."""
    played = {claim.fault: claim for claim in claims.of_stage(stage)}
    if not fault:
        return list(played.values())
    if fault not in played:
        names = ", ".join(played)
        raise UsageError(f"{stage.slug} can't be tested with {fault}. Choose from: {names}.")
    return [played[fault]]


def refuse_windows() -> None:
    if os.name == "nt":
        raise WorkshopError("`chaos` stops processes in ways that Windows can't: use WSL.")


async def play_step(
    stage: Stage, plan: list[tuple[Claim, int]], tell: Callable[[StepOutcome], None], **options
) -> list[StepOutcome]:
    """Play the claims' faults on one testbed, each with its seed. Calls `tell` for each outcome."""
    raise_open_files_limit()
    outcomes = []
    async with contextlib.AsyncExitStack() as stack:
        testbed = await stack.enter_async_context(StepTestbed(stage))
        for claim, seed in plan:
            outcomes.append(await play(claim, testbed, seed, **options))
            tell(outcomes[-1])
    return outcomes


async def play(
    claim: Claim,
    testbed: StepTestbed,
    seed: int,
    *,
    clients: int = 0,
    messages: int = 0,
    server: str = "daphne",
    without: Sequence[str] = (),
) -> StepOutcome:
    """Play a claim's fault once, in its default size unless another one is given."""
    fault = FAULTS[claim.fault]
    started = asyncio.get_running_loop().time()
    async with StepRound(
        testbed,
        chance=random.Random(f"{fault.name} {seed}"),
        client_count=clients or claim.clients,
        message_count=messages or claim.messages_on(testbed.stage),
        server_kind=server,
        without=without,
        patience=claim.patience,
    ) as round:
        await fault.play(round)
        ledger = await round.settle()
    seconds = asyncio.get_running_loop().time() - started
    result = finish(round, fault, seed, ledger, seconds)
    return StepOutcome(testbed.stage, claim, result, round.lost, round.doubled)


def show(console: Console, outcome: StepOutcome) -> None:
    """Print a line for an outcome, with all details if the step claimed to survive it."""
    result, claim = outcome.result, outcome.claim
    head = f"{outcome.words:<22} {claim.fault} (seed {result.seed}, {result.seconds:.1f} s)"
    console.print(head, style="bold red" if outcome.is_broken_claim else None, markup=False)
    if outcome.is_broken_claim:
        report.round_line(console, result)
        console.print(f"    Since step {claim.survived}, {claim.why}.", markup=False)
    elif not outcome.is_survived:
        for failure in result.failures[:3]:
            console.print(f"    {failure}", style="dim", markup=False)
        console.print(f"    Expected: {expectation(claim)}.", style="dim", markup=False)


def expectation(claim: Claim) -> str:
    """Return why a step may fail."""
    if claim.survived == "final":
        return f"in the finished app, {claim.why}"
    return f"from step {claim.survived} on, {claim.why}"
