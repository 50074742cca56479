"""The findings as tables, for the terminal and as Markdown for the docs."""

import statistics
from collections.abc import Callable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from bench.layers.results import cells

BASE = "core"  # the layer that the others are compared with
ENGINES = {"redis": "Redis", "postgres": "PostgreSQL", "nats": "NATS", "rabbitmq": "RabbitMQ"}
COLUMNS: dict[str, dict[str, Callable[[dict], str]]] = {
    "delivery": {
        "Between processes": lambda record: cells.delivered(record["delivery"]["settled"]),
        "Sockets that join a new process at once": lambda record: cells.delivered(
            record["delivery"]["at_once"]
        ),
    },
    "script": {
        "`async_to_sync(layer.group_send)`, three times": cells.from_script,
    },
    "order": {
        "In one group": lambda record: cells.in_order(record["order"], "swapped"),
        "Over two groups and a channel": lambda record: cells.in_order(
            record["order"], "mixed_swapped"
        ),
    },
    "overflow": {
        "A process that doesn't read keeps": lambda record: cells.kept(record, "alone"),
        "A socket beside one that reads keeps": lambda record: cells.kept(record, "beside"),
        "Other sockets": cells.others,
        "`group_send` raises": lambda record: cells.raised(record, "alone"),
        "`send` raises": lambda record: cells.raised(record, "direct"),
        "In the log": cells.logged,
    },
    "restart": {
        "An open socket": cells.socket_after_restart,
        "Sending while the engine is down": cells.sending_while_down,
        "Events that were waiting": cells.waiting_kept,
        "A socket that reconnects": cells.reconnecting,
    },
    "idle": {
        "After a silence": lambda record: cells.heard(record["idle"]),
        "After `group_expiry`": cells.expired,
    },
    "app": {
        "Processes": lambda record: str(record["app"]["processes"]),
        "Messages": lambda record: str(record["app"]["sent"]),
        "Lost": lambda record: str(record["app"]["lost"]),
        "Duplicates": lambda record: str(record["app"]["doubled"]),
        "What else": cells.app_trouble,
    },
}
NUMBERS = ("app", "speed")


def tables(result: dict) -> dict[str, list[str]]:
    """Return lines of Markdown for each kind of finding, and a paragraph about the run."""
    found = {kind: _markdown(*rows_of(kind, result), kind in NUMBERS) for kind in COLUMNS}
    found["speed"] = _markdown(*speed_rows(result), True)
    found["releases"] = _markdown(*release_rows(result), False)
    found["machine"] = [_machine(result)]
    found["missing"] = [
        f"- {record['title']}: {record['missing']}"
        for record in result["layers"]
        if record["missing"]
    ] or ["None."]
    return found


def show(console: Console, result: dict) -> None:
    """Print every table."""
    for kind in [*COLUMNS, "speed", "releases"]:
        titles, rows = _rows(kind, result)
        table = Table(*titles, title=kind, box=box.SIMPLE, title_justify="left")
        for row in rows:
            table.add_row(*[cell.replace("`", "").replace("**", "") for cell in row])
        console.print(table)
    for record in result["layers"]:
        if record["missing"]:
            console.print(f"Left out: {record['layer']}, because {record['missing']}.")


def _rows(kind: str, result: dict) -> tuple[list[str], list[list[str]]]:
    if kind == "speed":
        return speed_rows(result)
    return release_rows(result) if kind == "releases" else rows_of(kind, result)


def rows_of(kind: str, result: dict) -> tuple[list[str], list[list[str]]]:
    """Return the titles and rows for one of COLUMNS. An error takes the place of the cells."""
    columns = COLUMNS[kind]
    rows = []
    for record in _measured(result):
        if kind not in record:
            row = ["no engine", *["–"] * (len(columns) - 1)]
        elif "error" in record[kind] and len(record[kind]) == 1:
            row = [f"failed: {record[kind]['error']}", *["–"] * (len(columns) - 1)]
        else:
            row = [cell(record) for cell in columns.values()]
        rows.append([record["title"], *row])
    return ["Layer", *columns], rows


def speed_rows(result: dict) -> tuple[list[str], list[list[str]]]:
    """Return delays and deliveries per second, with ratios to BASE in the same repetition."""
    titles = ["Layer", "Delay, median", "Delay, 99 %", "Deliveries a second", f"Against `{BASE}`"]
    base = next((r["speed"] for r in _measured(result) if r["layer"] == BASE), [])
    rows = []
    for record in _measured(result):
        good = [found for found in record["speed"] if "per_second" in found]
        if not good:
            error = record["speed"][0]["error"] if record["speed"] else "not measured"
            rows.append([record["title"], f"failed: {error}", "–", "–", "–"])
            continue
        ratios = [
            mine["per_second"] / theirs["per_second"]
            for mine, theirs in zip(record["speed"], base, strict=False)
            if "per_second" in mine and theirs.get("per_second")
        ]
        delays = [cells.milliseconds([found[name] for found in good]) for name in ("p50", "p99")]
        each = f"{statistics.median(found['per_second'] for found in good):,.0f}"
        rows.append([record["title"], *delays, each, _range(ratios)])
    return titles, rows


def release_rows(result: dict) -> tuple[list[str], list[list[str]]]:
    """Return the packages, with the dates of the measured and the newest versions."""
    titles = ["Layer", "Engine", "Measured", "Released", "Newest", "Released"]
    rows = []
    for record in result["layers"]:
        release = result["releases"][record["package"]]
        engine = f"{ENGINES.get(record['engine'], 'none')} {record['engine_version']}".strip()
        measured = f"{record['package']} {release['version']}".strip()
        dates = [release["date"] or "unknown", release["newest"], release["newest_date"]]
        rows.append([record["title"], engine, measured, *(text or "unknown" for text in dates)])
    return titles, rows


def _measured(result: dict) -> list[dict]:
    return [record for record in result["layers"] if not record["missing"]]


def _range(ratios: Sequence[float]) -> str:
    if not ratios:
        return "–"
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} – {max(ratios):.2f})"


def _markdown(titles, rows, numbers: bool) -> list[str]:
    line = ["---", *(["--:" if numbers else "---"] * (len(titles) - 1))]
    safe = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (titles, line, *safe)]


def _machine(result: dict) -> str:
    machine, options = result["machine"], result["options"]
    versions = ", ".join(f"{name} {machine['packages'][name]}" for name in ("django", "channels"))
    return (
        f"Measured on {machine['date']} on {machine['system']} with {machine['cores']} cores "
        f"({machine['processor']}), Python {machine['python']}, {versions}: {options['events']} "
        f"events each, {options['repetitions']} repetitions of the speed, a silence of "
        f"{options['idle']:g} s. An event that takes longer than {options['within']:g} s counts as "
        "lost."
    )
