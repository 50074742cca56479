"""What a person reads in the terminal: a table for each kind of measurement, then the goals."""

from rich.console import Console
from rich.table import Table

from workshop.load.options import KINDS


def show(console: Console, result: dict) -> None:
    """Print the tables of a run."""
    for kind, rows in result["summary"].items():
        console.print(f"\n[bold]{KINDS[kind].capitalize()}[/bold]")
        console.print(_table(kind, rows))
    joins = [record for record in result["records"] if record["kind"] == "join"]
    if joins:
        console.print(f"\n[bold]{KINDS['join'].capitalize()}[/bold]")
        console.print(_joins(joins))
    stores = [record for record in result["records"] if record["kind"] == "store"]
    if stores:
        console.print(f"\n[bold]{KINDS['store'].capitalize()}[/bold]")
        console.print(_stores(stores))
        hops = stores[0]["hops"]
        console.print(
            f"An event's dispatch costs {hops['inherited_us']:.0f} µs as Channels has it, "
            f"{hops['own_us']:.1f} µs as the app has it; a hop to the database's thread costs "
            f"{hops['hop_us']:.0f} µs."
        )
        for record in stores:
            alone = record["stored"][0]
            waited = alone["ms"] - alone["cpu_ms"]
            console.print(
                f"{record['target']}: a message alone takes {alone['ms']:.1f} ms to store, "
                f"{alone['cpu_ms']:.1f} ms of them on this core, {waited:.1f} ms of waiting."
            )
    for name, why in ((one["name"], one["why"]) for one in result["left_out"]):
        console.print(f"Left out: {name}: {why}.", markup=False)
    _goals(console, result["goals"])


def _table(kind: str, rows: list[dict]) -> Table:
    table, columns = _new(*(title for title, _ in COLUMNS[kind])), COLUMNS[kind]
    for row in rows:
        table.add_row(*(cell(row) for _, cell in columns))
    return table


def _new(*titles) -> Table:
    table = Table(*titles, box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _joins(records) -> Table:
    sizes = [str(one["size"]) for one in records[0]["joins"]]
    table = _new("ms to enter a room of", *sizes)
    for record in records:
        table.add_row(record["target"], *(f"{one['p50_ms']:.1f}" for one in record["joins"]))
    return table


def _stores(records) -> Table:
    waiting = [one for one in records[0]["stored"] if one["how"] == "gathered"]
    titles = [f"{one['waiting']} waiting" for one in waiting]
    table = _new("stored a second", "one by one", *titles)
    for record in records:
        table.add_row(record["target"], *(f"{one['per_s']:,.0f}" for one in record["stored"]))
    return table


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
    for sentence in dict.fromkeys(goal["bound"] for goal in goals if goal.get("bound")):
        console.print(f"- {sentence}", markup=False)


def _number(name, form="{:,.0f}"):
    def cell(row):
        value = row.get(name)
        return "-" if value is None else form.format(value)

    return cell


def _spread(name):
    def cell(row):
        value = row.get(name)
        if not value:
            return "-"
        form = "{:.1f}" if value["median"] >= 1 else "{:.3f}"
        least, most = form.format(value["least"]), form.format(value["most"])
        return f"{form.format(value['median'])} ({least}–{most})"

    return cell


def _wrong(row):
    """The texts that went wrong; * where the generator may be what bounds the figure."""
    return f"{row['wrong']:,}" + ("*" if row["is_bound_by_generator"] else "")


TARGET = ("target", lambda row: row["target"])
RATE = ("deliveries/s", _number("deliveries_per_s"))
CPU = ("CPU ms/1,000", _number("cpu_ms_per_1000", "{:.1f}"))
TIMES = [(part, _number(f"{part}_ms", "{:.1f}")) for part in ("p50", "p95", "p99")]
P99 = ("p99 ms", _number("p99_ms", "{:.1f}"))
WRONG = ("wrong", _wrong)
RATIO = ("ratio", _spread("ratio"))
ENTER = [("entered", _number("entered")), ("failed", _number("failed"))]
COLUMNS = {
    "busy": [TARGET, RATE, RATIO, CPU, P99, WRONG],
    "quiet": [TARGET, RATE, RATIO, CPU, P99, WRONG],
    "rate": [
        TARGET,
        ("part", _number("part", "{:.0%}")),
        ("texts/s", _number("rate")),
        *TIMES,
        WRONG,
    ],
    "burst": [TARGET, ("seconds", _number("last_s", "{:.2f}")), RATE, P99, WRONG],
    "members": [TARGET, ("members", _number("members")), RATE, CPU, P99, WRONG],
    "storm": [
        TARGET,
        *ENTER,
        ("seconds", _number("seconds", "{:.2f}")),
        ("p99 ms", _number("p99_ms")),
        ("CPU ms each", _number("entry_cpu_ms", "{:.1f}")),
    ],
    "idle": [
        TARGET,
        *ENTER,
        ("bytes each", _number("bytes_each")),
        ("CPU", _number("idle_cpu", "{:.1%}")),
    ],
    "servers": [TARGET, ("processes", _number("processes")), RATE, RATIO, CPU, P99, WRONG],
    "redis": [TARGET, ("Redis", _number("servers")), RATE, CPU, P99, WRONG],
}
