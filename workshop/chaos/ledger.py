"""The ledger of a round: what each client sent, had acknowledged, and saw, against what is stored.

The database is the truth. Every message that anybody wrote must be in it once, numbered without a
hole, with the number that its author was told; and every client must have seen exactly that list.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from workshop.chaos.chat_client import ChatClient


@dataclass(frozen=True)
class Said:
    """One message that a client was asked to send."""

    client: ChatClient
    client_id: str
    text: str


@dataclass(frozen=True)
class Row:
    """How many messages of its own one client sent, got acked and has stored; how many it saw."""

    client: str
    sent: int
    acked: int
    stored: int
    seen: int


@dataclass
class Ledger:
    """The rows, their totals, and a sentence for each message that was lost or doubled."""

    rows: list[Row] = field(default_factory=list)
    sent: int = 0
    acked: int = 0
    stored: int = 0
    seen: int = 0
    lost: int = 0
    doubled: int = 0
    complaints: list[str] = field(default_factory=list)

    def blame(self, sentence: str, lost: int = 0, doubled: int = 0) -> None:
        self.complaints.append(sentence)
        self.lost += lost
        self.doubled += doubled


def draw_up(
    clients: Sequence[ChatClient],
    said: Sequence[Said],
    stored: Sequence[tuple[int, str, str]],
) -> Ledger:
    """Compare what the clients know with what is `stored`: (seq, author, text) in order."""
    ledger = Ledger(stored=len(stored), sent=len({one.text for one in said}))
    _check_the_numbers(ledger, stored)
    _check_what_was_said(ledger, said, stored)
    copies = Counter(text for _, _, text in stored)
    acked = set()
    for client in clients:
        own = [one for one in said if one.client is client]
        texts = {one.text for one in own}
        done = {one.text for one in own if one.client_id in client.acked}
        acked |= done
        row = Row(
            client.name,
            len(texts),
            len(done),
            sum(copies[text] for text in texts),
            len(client.shown),
        )
        ledger.rows.append(row)
        ledger.seen += row.seen
        _check_what_was_seen(ledger, client, [(seq, text) for seq, _, text in stored])
    ledger.acked = len(acked)
    return ledger


def _check_the_numbers(ledger, stored):
    for number, (seq, _, _) in enumerate(stored, 1):
        if seq != number:
            rest = f"it holds {seq} as number {number}"
            ledger.blame(f"The database does not count 1, 2, 3 …: {rest}.")
            return


def _check_what_was_said(ledger, said, stored):
    numbers = {}
    for seq, _, text in stored:
        numbers.setdefault(text, []).append(seq)
    for text, seqs in numbers.items():
        if len(seqs) > 1:
            where = " and ".join(map(str, seqs))
            times = len(seqs)
            ledger.blame(f"{shown(text)} is stored {times} times, as {where}.", doubled=times - 1)
    for text in numbers.keys() - {one.text for one in said}:
        ledger.blame(f"{shown(text)} is stored, and nobody wrote it.")
    latest = {}
    for one in said:
        seqs = numbers.get(one.text, [])
        ack = one.client.acked.get(one.client_id)
        if not seqs:
            had = f", though it was acked as {ack}" if ack else ""
            code = one.client.refused.get(one.client_id)
            had += f", for the server refused it ({code})" if code else ""
            ledger.blame(
                f"{one.client.name} wrote {shown(one.text)}: it is not stored{had}.", lost=1
            )
        elif ack is None:
            ledger.blame(f"{one.client.name} got no ack for {shown(one.text)}.")
        elif ack not in seqs:
            ledger.blame(f"{one.client.name} was told {ack} for {shown(one.text)}, not {seqs[0]}.")
        elif ack < latest.get(one.client.name, 0):
            who = one.client.name
            ledger.blame(f"{shown(one.text)} is stored before what {who} had written earlier.")
        latest[one.client.name] = max(latest.get(one.client.name, 0), ack or 0)


def _check_what_was_seen(ledger, client, truth):
    if client.shown == truth:
        return
    times, right = Counter(client.shown), set(truth)
    for seq, text in sorted(right - times.keys()):
        ledger.blame(f"{client.name} missed {seq}: {shown(text)}.", lost=1)
    for (seq, text), count in sorted(times.items()):
        if (seq, text) not in right:
            ledger.blame(f"{client.name} saw {seq}: {shown(text)}, which is not stored.")
        elif count > 1:
            ledger.blame(
                f"{client.name} saw {seq} {count} times: {shown(text)}.", doubled=count - 1
            )
    for (before, _), (after, text) in zip(client.shown, client.shown[1:], strict=False):
        if after < before:
            ledger.blame(f"{client.name} saw {after} after {before}: {shown(text)}.")


def shown(text: str) -> str:
    """Return `text` as a sentence can hold it."""
    return f'"{text}"' if len(text) < 30 else f'"{text[:20]}…"'
