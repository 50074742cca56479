"""The report in the terminal: a table for each kind of measurement, then the goals."""

from rich.console import Console
from rich.table import Table

from bench.load.options import KINDS
from bench.load.results.columns import COLUMNS


def show(console: Console, result: dict) -> None:
    """Print the tables of a run."""
    for kind, rows in result["summary"].items():
        _heading(console, kind)
        console.print(_table(kind, rows))
    stores = [record for record in result["records"] if record["kind"] == "store"]
    if stores:
        _heading(console, "store")
        _stores(console, stores)
    for left_out in result["left_out"]:
        console.print(f"Left out: {left_out['name']}: {left_out['why']}.", markup=False)
    _goals(console, result["goals"])


def _heading(console, kind):
    console.print(f"\n[bold]{KINDS[kind].capitalize()}[/bold]")


def _table(kind: str, rows: list[dict]) -> Table:
    columns = COLUMNS[kind]
    table = _new_table(*(title for title, _ in columns))
    for row in rows:
        table.add_row(*(cell(row) for _, cell in columns))
    return table


def _new_table(*titles) -> Table:
    table = Table(*titles, box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _stores(console, records):
    batched = [way for way in records[0]["stored"] if "waiting" in way]
    titles = [f"{way['waiting']} waiting" for way in batched]
    table = _new_table("stored a second", "one by one", *titles)
    for record in records:
        table.add_row(record["target"], *(f"{way['per_s']:,.0f}" for way in record["stored"]))
    console.print(table)
    hops = records[0]["hops"]
    console.print(
        f"An event's dispatch costs {hops['inherited_us']:.0f} µs as Channels has it, "
        f"{hops['own_us']:.1f} µs as the app has it; a hop to the database's thread costs "
        f"{hops['hop_us']:.0f} µs."
    )
    for record in records:
        alone = record["stored"][0]
        waited = alone["ms"] - alone["cpu_ms"]
        console.print(
            f"{record['target']}: a message alone takes {alone['ms']:.1f} ms to store, "
            f"{alone['cpu_ms']:.1f} ms of them on this core, {waited:.1f} ms of waiting."
        )


def _goals(console, goals) -> None:
    if not goals:
        return
    table = Table("goal", "wanted", "measured", "", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for goal in goals:
        style = "green" if goal["is_met"] else "yellow"
        word = f"[{style}]{'met' if goal['is_met'] else 'not met'}[/{style}]"
        table.add_row(goal["goal"], goal["wanted"], goal["measured"], word)
    console.print("\n[bold]Goals[/bold]")
    console.print(table)
    for sentence in dict.fromkeys(goal["bound"] for goal in goals if goal["bound"]):
        console.print(f"- {sentence}", markup=False)
