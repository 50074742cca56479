"""The measured part of the page about several hosts: docs/figures/hosts.json as a table."""

import json
from pathlib import Path

FILE = Path("docs", "figures", "hosts.json")
FAULT = "host-cut-off"


def hosts(root: Path) -> list[str]:
    """Return the table of `chaos`'s counts and times, with a description of the machine."""
    measured = json.loads((root / FILE).read_text(encoding="utf-8"))
    found, machine = measured["faults"][FAULT], measured["machine"]
    rows = {
        "Rounds": _number(found["rounds"]),
        "Clients in each round": _range(found["clients"]),
        "Rooms in each round": _range(found["rooms"]),
        "Rooms on the host that was cut off": _range(found["rooms_on_the_host"]),
        "Messages, edits and deletions that were sent": _number(found["sent"]),
        "Acknowledged": _number(found["acked"]),
        "Stored": _number(found["stored"]),
        "Seen, by all clients together": _number(found["seen"]),
        "**Lost**": f"**{_number(found['lost'])}**",
        "**Doubled**": f"**{_number(found['doubled'])}**",
        "How long the host was cut off": _seconds(found["cut_off_seconds"]),
        "From the cut to a writer's first message on the other host": _seconds(
            found["moved_seconds"]
        ),
        "Until the proxy used the host again": _seconds(found["back_seconds"]),
    }
    head = ["| What | Figure |", "|---|--:|"]
    table = [f"| {what} | {figure} |" for what, figure in rows.items()]
    versions = f"Python {machine['python']}, Redis {machine['redis']}"
    where = f"Measured on {machine['date']} with {versions}, on {machine['cores']} cores."
    return [*head, *table, "", where]


def _number(value: float) -> str:
    return f"{value:,}"


def _range(values: dict[str, float]) -> str:
    least, most = (f"{values[name]:g}" for name in ("least", "most"))
    return least if least == most else f"{least} to {most}"


def _seconds(values: dict[str, float]) -> str:
    return f"{_range(values)} s"
