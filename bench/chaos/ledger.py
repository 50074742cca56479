"""A round's ledger: compares what each client sent, had acked and saw with the database.

The database is the source of truth. It must contain every message exactly once, with the number
that the author was told and no gaps in the numbering, and every client must have seen exactly
that list. The same goes for edits and deletions. In the end, all clients must see the same texts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.chaos.chat_client import ChatClient
from bench.lab.app_database import StoredMessage


@dataclass(frozen=True)
class SentMessage:
    """A message that a client was asked to send, or a change to an earlier one.

    `target` is the client_id of the message that an "edit" or a "delete" changes.
    """

    client: ChatClient
    client_id: str
    text: str
    kind: str = "message"
    target: str = ""


@dataclass(frozen=True)
class ClientTotals:
    """How many of a client's messages were sent, acked and stored, and how many messages it saw."""

    client: str
    sent: int
    acked: int
    stored: int
    seen: int


@dataclass
class Ledger:
    """Totals per client and overall, and a sentence for each lost or duplicate message."""

    clients: list[ClientTotals] = field(default_factory=list)
    sent: int = 0
    acked: int = 0
    stored: int = 0
    seen: int = 0
    lost: int = 0
    doubled: int = 0
    problems: list[str] = field(default_factory=list)

    def add_problem(self, sentence: str, lost: int = 0, doubled: int = 0) -> None:
        self.problems.append(sentence)
        self.lost += lost
        self.doubled += doubled

    def add_room(self, other: "Ledger") -> None:
        """Add the ledger of another room."""
        self.clients += other.clients
        self.problems += other.problems
        for name in ("sent", "acked", "stored", "seen", "lost", "doubled"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def compare(
    clients: Sequence[ChatClient],
    sent: Sequence[SentMessage],
    stored: Sequence[StoredMessage],
) -> Ledger:
    """Compare what one room's clients know with the stored messages, which are in order."""
    ledger = Ledger(stored=len(stored), sent=len({message.text for message in sent}))
    numbers = _numbers(sent, stored)
    _check_numbering(ledger, stored)
    _check_stored_once(ledger, sent, numbers)
    _check_acks(ledger, sent, numbers)
    _check_changes(ledger, sent, stored, numbers)
    acked = set()
    for client in clients:
        own = [message for message in sent if message.client is client]
        own_texts = {message.text for message in own}
        own_acked = {message.text for message in own if message.client_id in client.acked}
        own_stored = sum(len(numbers.get(text, [])) for text in own_texts)
        seen = len(client.shown) + len(client.changes)
        totals = ClientTotals(client.name, len(own_texts), len(own_acked), own_stored, seen)
        ledger.clients.append(totals)
        ledger.seen += seen
        acked |= own_acked
        _check_shown(ledger, client, stored)
        _check_applied(ledger, client, stored)
    ledger.acked = len(acked)
    return ledger


def _numbers(sent, stored) -> dict[str, list[int]]:
    """Return, for each text that a client sent, the numbers of the messages stored with it.

    Texts may have been edited since, so messages are matched by client_id.
    """
    texts = {message.client_id: message.text for message in sent}
    numbers = {}
    for row in stored:
        numbers.setdefault(texts.get(row.client_id, row.text), []).append(row.seq)
    return numbers


def _check_numbering(ledger, stored):
    for number, row in enumerate(stored, 1):
        if row.seq != number:
            details = f"found {row.seq} as number {number}"
            ledger.add_problem(f"The numbers in the database aren't 1, 2, 3 …: {details}.")
            return


def _check_stored_once(ledger, sent, numbers):
    for text, seqs in numbers.items():
        if len(seqs) > 1:
            listed = " and ".join(map(str, seqs))
            sentence = f"{quoted(text)} is stored {len(seqs)} times, as {listed}."
            ledger.add_problem(sentence, doubled=len(seqs) - 1)
    for text in numbers.keys() - {message.text for message in sent}:
        ledger.add_problem(f"{quoted(text)} is stored, but nobody wrote it.")


def _check_acks(ledger, sent, numbers):
    latest = {}  # the highest number of each client so far
    for message in sent:
        author, text = message.client.name, quoted(message.text)
        tab = id(message.client)
        seqs = numbers.get(message.text, [])
        ack = message.client.acked.get(message.client_id)
        if not seqs:
            ledger.add_problem(_not_stored(message, ack), lost=1)
        elif ack is None:
            ledger.add_problem(f"{author} got no ack for {text}.")
        elif ack not in seqs:
            ledger.add_problem(f"{author} was told {ack} for {text}, not {seqs[0]}.")
        elif ack < latest.get(tab, 0):
            ledger.add_problem(f"{text} is stored before an earlier message from {author}.")
        latest[tab] = max(latest.get(tab, 0), ack or 0)


def _not_stored(message, ack) -> str:
    error = message.client.refused.get(message.client_id)
    reason = f", though it was acked as {ack}" if ack else ""
    if error:
        reason += f", because the server refused it ({error})"
    return f"{message.client.name} wrote {quoted(message.text)}: it is not stored{reason}."


def _check_changes(ledger, sent, stored, numbers):
    """Apply the changes in order, and compare the results with the stored texts.

    A deleted text must be gone from earlier edits as well.
    """
    written = {message.client_id: message for message in sent}
    rows = {row.seq: row for row in stored}
    expected = {}  # seq: the text after all changes
    for row in stored:
        change = written.get(row.client_id)
        if change is None or change.kind == "message":
            continue
        seqs = numbers.get(written[change.target].text, [])
        if row.target not in seqs:
            ledger.add_problem(f"{quoted(change.text)} changes {row.target}, not {seqs}.")
        elif change.kind == "delete":
            expected[row.target] = ""
        elif expected.get(row.target) != "":
            expected[row.target] = change.text
    for seq, text in expected.items():
        if rows[seq].text != text:
            sentence = f"{seq} is stored as {quoted(rows[seq].text)}, not as {quoted(text)}."
            ledger.add_problem(sentence, lost=1)
    for row in stored:
        if row.text and expected.get(row.target) == "":
            ledger.add_problem(f"{row.seq} still holds {quoted(row.text)}, which was deleted.")


def _check_shown(ledger, client, stored):
    expected = {row.seq: row.text for row in stored if row.target is None}
    counts = Counter(seq for seq, _ in client.shown)
    for seq in expected.keys() - counts.keys():
        ledger.add_problem(f"{client.name} missed {seq}: {quoted(expected[seq])}.", lost=1)
    for seq, text in dict(client.shown).items():
        if seq not in expected:
            ledger.add_problem(f"{client.name} saw {seq}: {quoted(text)}, which is not stored.")
        elif counts[seq] > 1:
            sentence = f"{client.name} saw {seq} {counts[seq]} times: {quoted(text)}."
            ledger.add_problem(sentence, doubled=counts[seq] - 1)
        elif text != expected[seq]:
            sentence = f"{client.name} sees {seq} as {quoted(text)}, not as "
            ledger.add_problem(f"{sentence}{quoted(expected[seq])}.", lost=1)
    for (before, _), (after, text) in zip(client.shown, client.shown[1:], strict=False):
        if after < before:
            ledger.add_problem(f"{client.name} saw {after} after {before}: {quoted(text)}.")


def _check_applied(ledger, client, stored):
    """Check that each client applied each change exactly once."""
    expected = {row.seq for row in stored if row.target is not None}
    counts = Counter(seq for seq, _ in client.changes)
    for seq in expected - counts.keys():
        ledger.add_problem(f"{client.name} missed {seq}, a change.", lost=1)
    for seq, count in counts.items():
        if seq not in expected:
            ledger.add_problem(f"{client.name} saw {seq}, a change that isn't stored.")
        elif count > 1:
            sentence = f"{client.name} saw {seq}, a change, {count} times."
            ledger.add_problem(sentence, doubled=count - 1)


def quoted(text: str) -> str:
    """Return `text` in quotation marks, shortened to fit in a sentence."""
    return f'"{text}"' if len(text) < 30 else f'"{text[:20]}…"'
