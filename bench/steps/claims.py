"""Which faults a step is tested with, from which step on they are survived, and why."""

from dataclasses import dataclass

from bench.steps.stages import STAGES, Stage

NUMBERS = [stage.number for stage in STAGES]


@dataclass(frozen=True)
class Claim:
    """A fault of `chaos` that can be played on the steps from number `played` on.

    The steps from number `survived` on claim to survive it, and `why` says how. If `survived` is
    "final", only the finished app does.
    """

    fault: str
    played: str
    survived: str
    why: str
    clients: int = 5
    messages: int = 12
    messages_with_sync: int = 0  # the part of a step that answers sync, if that makes a difference
    patience: float = 40

    def is_played_on(self, stage: Stage) -> bool:
        return stage.number >= self.played

    def messages_on(self, stage: Stage) -> int:
        """Return how many messages each client writes."""
        return (stage.knows("sync") and self.messages_with_sync) or self.messages

    def is_made_by(self, stage: Stage) -> bool:
        """Return whether `stage` claims to survive this fault."""
        return self.survived in NUMBERS and stage.number >= self.survived


RESEND = "the outbox resends what has no ack"
SAME_ID = "a message with a known client_id isn't stored again"
GAPS = "a gap in the numbers shows what is missing, and sync asks for it"
CLAIMS = (
    Claim("kill", "05", "09", RESEND),
    Claim("crash-before-commit", "08", "09", RESEND),
    Claim("crash-after-commit", "08", "09", SAME_ID),
    Claim("storm", "05", "09", RESEND, clients=60, messages=3, patience=60),
    Claim("socket-reset", "05", "09", SAME_ID),
    Claim("redis-restart", "05", "10", GAPS),
    Claim("overflow", "05", "10", GAPS, clients=4, messages=3),
    Claim("commit-order", "08", "10", "messages are shown in the order of their numbers"),
    Claim("same-id", "09", "09", SAME_ID, clients=2, messages=4),
    Claim("locked-database", "08", "09", RESEND, clients=4),
    Claim(
        "redis-flush",
        "05",
        "16",
        "the hub's heartbeat reads what the channel layer lost",
        patience=10,
    ),
    Claim(
        "stuck-reader",
        "05",
        "final",
        "Daphne waits for a slow reader, and what is kept for one has a bound",
        clients=6,
        messages=150,
        messages_with_sync=30,  # each reader asks ten times for all of them
        patience=60,
    ),
    Claim(
        "network-change",
        "05",
        "final",
        "the page reconnects if an answer doesn't come within 10 seconds",
        clients=10,
        messages=3,
        patience=4,
    ),
)


def of_stage(stage: Stage) -> list[Claim]:
    """Return the claims whose faults `stage` is tested with."""
    return [claim for claim in CLAIMS if claim.is_played_on(stage)]
