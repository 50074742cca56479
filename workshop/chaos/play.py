"""Plays one fault once, and says how it went."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from workshop.chaos.faults import Fault
from workshop.chaos.ledger import Ledger
from workshop.chaos.round import Round
from workshop.chaos.stage import Stage


@dataclass(frozen=True)
class Outcome:
    """The ledger of a round, what else went wrong, and what is worth knowing about it."""

    fault: str
    seed: int
    ledger: Ledger
    failures: list[str]
    notes: list[str]
    seconds: float
    blackouts: list[float]

    @property
    def is_good(self) -> bool:
        return not self.failures and not self.ledger.complaints


async def play(
    fault: Fault,
    stage: Stage,
    seed: int,
    *,
    clients: int = 0,
    messages: int = 0,
    server: str = "daphne",
    layer: str = "",
    without: Sequence[str] = (),
    patience: float = 0,
) -> Outcome:
    """Play `fault` on `stage`; what is not given is the fault's own. `seed` repeats its choices."""
    began = time.monotonic()
    async with Round(
        stage,
        chance=random.Random(f"{fault.name} {seed}"),
        clients=clients or fault.clients,
        messages=messages or fault.messages,
        server=server,
        layer=layer or fault.layer,
        without=without,
        patience=patience or fault.patience,
    ) as round:
        await fault.play(round)
        ledger = await round.settle()
    texts = [server.text() for server in round.servers]
    if count := sum(text.count("Traceback (most recent") for text in texts):
        round.notes.append(f"{count} tracebacks in the server's log")
    seconds = time.monotonic() - began
    failures, notes = round.failures, round.notes
    return Outcome(fault.name, seed, ledger, failures, notes, seconds, round.blackouts)
