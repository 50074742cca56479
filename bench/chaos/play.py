"""Runs one fault once, and returns the result."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.chaos.faults import Fault
from bench.chaos.ledger import Ledger
from bench.chaos.round import Round
from bench.lab.testbed import Testbed


@dataclass(frozen=True)
class RoundResult:
    """A round's ledger, other problems, and notes worth printing."""

    fault: str
    seed: int
    ledger: Ledger
    failures: list[str]
    notes: list[str]
    seconds: float
    blackouts: list[float]
    figures: dict[str, list[float]] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return not self.failures and not self.ledger.problems


async def play(
    fault: Fault,
    testbed: Testbed,
    seed: int,
    *,
    clients: int = 0,
    messages: int = 0,
    server: str = "daphne",
    layer: str = "",
    without: Sequence[str] = (),
    patience: float = 0,
) -> RoundResult:
    """Play `fault` on `testbed`. `seed` repeats its random choices; 0 means the fault's default."""
    started = time.monotonic()
    async with Round(
        testbed,
        chance=random.Random(f"{fault.name} {seed}"),
        client_count=clients or fault.clients,
        message_count=messages or fault.messages,
        server_kind=server,
        layer=layer or fault.layer,
        without=without,
        patience=patience or fault.patience,
    ) as round:
        await fault.play(round)
        ledger = await round.settle()
    return finish(round, fault, seed, ledger, time.monotonic() - started)


def finish(round: Round, fault: Fault, seed: int, ledger: Ledger, seconds: float) -> RoundResult:
    """Return the result of a round that has ended."""
    logs = [server.log_text() for server in round.servers]
    tracebacks = sum(count_tracebacks(text) for text in logs)
    if tracebacks:
        round.notes.append(f"{tracebacks} tracebacks in the server's log")
    return RoundResult(
        fault=fault.name,
        seed=seed,
        ledger=ledger,
        failures=round.failures,
        notes=round.notes,
        seconds=seconds,
        blackouts=round.blackouts,
        figures=round.figures,
    )


def count_tracebacks(log: str) -> int:
    """Count the errors that the app didn't expect. Errors that it handles are one-line warnings."""
    lines = [line for line in log.splitlines() if " WARNING chat_app.background: " not in line]
    return sum("Traceback (most recent" in line for line in lines)
