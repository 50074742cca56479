"""What chaos prints: a line for each round, all about a bad one, the sums in the end."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from workshop.chaos.faults import FAULTS
from workshop.chaos.figures import percentile
from workshop.chaos.play import Outcome

MOST = 20  # complaints that are printed of one round


def catalogue(console: Console) -> None:
    """Print every fault with its sentence."""
    table = Table.grid(padding=(0, 2))
    for fault in FAULTS.values():
        table.add_row(fault.name, fault.sentence)
    console.print(table)


def round_line(console: Console, outcome: Outcome) -> None:
    """Print the ledger of one round: its totals where all is well, else everything."""
    ledger = outcome.ledger
    word = "ok  " if outcome.is_good else "BAD "
    counts = f"sent {ledger.sent}, acked {ledger.acked}, stored {ledger.stored}, "
    counts += f"seen {ledger.seen} by {len(ledger.rows)} clients"
    head = f"{word}{outcome.fault} (seed {outcome.seed}, {outcome.seconds:.1f} s): {counts}"
    console.print(head, style=None if outcome.is_good else "bold red", markup=False)
    if outcome.notes:
        console.print(f"    {'; '.join(outcome.notes)}", style="dim", markup=False)
    if outcome.is_good:
        return
    if ledger.complaints:
        console.print(_table(outcome))
    complaints = [*outcome.failures, *ledger.complaints]
    for complaint in complaints[:MOST]:
        console.print(f"    {complaint}", markup=False)
    if len(complaints) > MOST:
        console.print(f"    … and {len(complaints) - MOST} more")


def summary(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print the sums of all rounds."""
    names = ("sent", "acked", "stored", "seen", "lost", "doubled")
    table = Table("fault", "rounds", *names, "bad", box=None, pad_edge=False)
    table.columns[0].min_width = max(map(len, FAULTS))
    for column in table.columns[1:]:
        column.justify = "right"
    faults = dict.fromkeys(outcome.fault for outcome in outcomes)
    for fault in [*faults, None] if len(faults) > 1 else faults:
        mine = [outcome for outcome in outcomes if fault in (None, outcome.fault)]
        sums = [sum(getattr(outcome.ledger, name) for outcome in mine) for name in names]
        bad = sum(not outcome.is_good for outcome in mine)
        table.add_row(fault or "all", *(f"{value:,}" for value in (len(mine), *sums, bad)))
    console.print(table)
    blackouts = [
        one for outcome in outcomes for one in outcome.blackouts if outcome.fault == "sigterm"
    ]
    if blackouts:
        half, most = percentile(blackouts, 50), percentile(blackouts, 99)
        times = f"for {half:.2f} s (p50), {most:.2f} s (p99)"
        console.print(f"Replacing the server: {len(blackouts)} clients were without it {times}.")
    if all(outcome.is_good for outcome in outcomes):
        console.print("Nothing was lost, nothing was doubled.")


def _table(outcome: Outcome) -> Table:
    table = Table("client", "sent", "acked", "stored", "seen", box=box.SIMPLE)
    for row in outcome.ledger.rows:
        table.add_row(row.client, *map(str, (row.sent, row.acked, row.stored, row.seen)))
    return table
