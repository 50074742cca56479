"""Counts lost and duplicate messages, for any step."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.chaos.ledger import ClientTotals, Ledger, SentMessage, quoted
from bench.lab.app_database import StoredMessage
from bench.steps.client import StepClient
from bench.steps.stages import Stage


@dataclass
class Missing:
    """The messages that at least one client lost, and those that one saw twice."""

    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)


def count(
    stage: Stage,
    clients: Sequence[StepClient],
    sent: Sequence[SentMessage],
    stored: Sequence[StoredMessage],
) -> Missing:
    """Compare what each of a room's clients saw with what it should have seen.

    In steps that store messages, that's the stored messages. In earlier steps, it's what was sent.
    A message that isn't stored counts as lost for everybody, including its sender.
    """
    missing = Missing()
    keys = {message.text: message.text for message in sent}
    if stage.knows("delivery"):  # texts may change, so rows are matched by client_id
        keys = {message.client_id: message.text for message in sent}
    if stage.knows("history"):
        copies = Counter(keys.get(_key(stage, row)) for row in stored)
        _note(missing, copies, keys.values())
    numbers = {row.seq: keys.get(_key(stage, row)) for row in stored}
    for client in clients:
        if stage.knows("history"):
            seen = Counter(numbers.get(seq) for seq, _ in [*client.shown, *client.changes])
            _note(missing, seen, [text for text in numbers.values() if text])
        else:
            _note(missing, Counter(text for _, text in client.shown), keys.values())
    return missing


def compare(
    stage: Stage,
    clients: Sequence[StepClient],
    sent: Sequence[SentMessage],
    stored: Sequence[StoredMessage],
) -> Ledger:
    """Return a room's ledger for a step without acks."""
    own = Ledger(sent=len(sent), stored=len(stored))
    missing = count(stage, clients, sent, stored)
    for text in sorted(missing.lost):
        own.add_problem(f"{quoted(text)} was lost for someone.", lost=1)
    for text in sorted(missing.doubled):
        own.add_problem(f"{quoted(text)} was seen or stored twice.", doubled=1)
    for client in clients:
        written = sum(message.client is client for message in sent)
        rows = sum(row.author == client.name for row in stored)
        own.clients.append(ClientTotals(client.name, written, 0, rows, len(client.shown)))
        own.seen += len(client.shown)
        _check_order(own, client)
    return own


def _key(stage: Stage, row: StoredMessage) -> str:
    return row.client_id if stage.knows("delivery") else row.text


def _note(missing: Missing, seen: Counter, expected) -> None:
    for text in expected:
        if not seen[text]:
            missing.lost.add(text)
        elif seen[text] > 1:
            missing.doubled.add(text)


def _check_order(ledger: Ledger, client: StepClient) -> None:
    for (before, _), (after, text) in zip(client.shown, client.shown[1:], strict=False):
        if after < before:
            ledger.add_problem(f"{client.name} saw {after} after {before}: {quoted(text)}.")
