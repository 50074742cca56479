"""Chaos's output: a line for each round, details of any bad round, and the totals."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from bench.chaos.faults import FAULTS
from bench.chaos.percentiles import percentile
from bench.chaos.play import RoundResult
from bench.lab import machine

TOTALS = ("sent", "acked", "stored", "seen", "lost", "doubled")
MOST_PROBLEMS = 20  # printed for each round


def catalogue(console: Console) -> None:
    """Print every fault with its description."""
    table = Table.grid(padding=(0, 2))
    for fault in FAULTS.values():
        table.add_row(fault.name, fault.sentence)
    console.print(table)


def round_line(console: Console, result: RoundResult) -> None:
    """Print the ledger of one round: its totals, and everything if it was bad."""
    ledger = result.ledger
    word = "ok  " if result.is_good else "BAD "
    counts = f"sent {ledger.sent}, acked {ledger.acked}, stored {ledger.stored}, "
    counts += f"seen {ledger.seen} by {len(ledger.clients)} clients"
    head = f"{word}{result.fault} (seed {result.seed}, {result.seconds:.1f} s): {counts}"
    console.print(head, style=None if result.is_good else "bold red", markup=False)
    if result.notes:
        console.print(f"    {'; '.join(result.notes)}", style="dim", markup=False)
    if result.is_good:
        return
    if ledger.problems:
        console.print(_clients_table(result))
    problems = [*result.failures, *ledger.problems]
    for problem in problems[:MOST_PROBLEMS]:
        console.print(f"    {problem}", markup=False)
    if len(problems) > MOST_PROBLEMS:
        console.print(f"    … and {len(problems) - MOST_PROBLEMS} more")


def summary(console: Console, results: Sequence[RoundResult]) -> None:
    """Print the totals of all rounds."""
    table = Table("fault", "rounds", *TOTALS, "bad", box=None, pad_edge=False)
    table.columns[0].min_width = max(map(len, FAULTS))
    for column in table.columns[1:]:
        column.justify = "right"
    faults = dict.fromkeys(result.fault for result in results)
    for fault in [*faults, None] if len(faults) > 1 else faults:
        chosen = [result for result in results if fault in (None, result.fault)]
        totals = [sum(getattr(result.ledger, name) for result in chosen) for name in TOTALS]
        bad = sum(not result.is_good for result in chosen)
        table.add_row(fault or "all", *(f"{value:,}" for value in (len(chosen), *totals, bad)))
    console.print(table)
    _blackouts(console, [result for result in results if result.fault == "sigterm"])
    if all(result.is_good for result in results):
        console.print("Nothing was lost or duplicated.")


def write(path: Path, results: Sequence[RoundResult]) -> None:
    """Write a description of the machine and each fault's totals to a JSON file."""
    faults = dict.fromkeys(result.fault for result in results)
    chosen = {name: [result for result in results if result.fault == name] for name in faults}
    figures = {name: _figures(found) for name, found in chosen.items()}
    text = json.dumps({"machine": machine.describe(), "faults": figures}, indent=2)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")


def _figures(results: Sequence[RoundResult]) -> dict:
    """Return one fault's totals, and the minimum, median and maximum of its other figures."""
    ledgers = [result.ledger for result in results]
    totals = {name: sum(getattr(ledger, name) for ledger in ledgers) for name in TOTALS}
    bad = sum(not result.is_good for result in results)
    clients = _range([len(ledger.clients) for ledger in ledgers])
    names = dict.fromkeys(name for result in results for name in result.figures)
    values = {
        name: _range([value for result in results for value in result.figures.get(name, [])])
        for name in names
    }
    return {"rounds": len(results), "bad": bad, **totals, "clients": clients, **values}


def _range(values: Sequence[float]) -> dict[str, float]:
    """Return the minimum, median and maximum of `values`."""
    found = {"least": min(values), "middle": percentile(values, 50), "most": max(values)}
    return {name: round(value, 1) for name, value in found.items()}


def _blackouts(console, results):
    blackouts = [seconds for result in results for seconds in result.blackouts]
    if blackouts:
        half, most = percentile(blackouts, 50), percentile(blackouts, 99)
        times = f"for {half:.2f} s (p50), {most:.2f} s (p99)"
        console.print(f"Replacing the server: {len(blackouts)} clients had no server {times}.")


def _clients_table(result: RoundResult) -> Table:
    table = Table("client", "sent", "acked", "stored", "seen", box=box.SIMPLE)
    for totals in result.ledger.clients:
        numbers = (totals.sent, totals.acked, totals.stored, totals.seen)
        table.add_row(totals.client, *map(str, numbers))
    return table
