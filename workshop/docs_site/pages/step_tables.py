"""The tables of what each step gains, from docs/figures/steps.json."""

import json
from pathlib import Path

from workshop.course import catalog
from workshop.docs_site.sources import NotFound

FILE = Path("docs", "figures", "steps.json")
FIRST = "05"


def buys(root: Path, what: str) -> list[str]:
    """Return the table of the `steps`, of the `faults` or of the `lessons`, or the `machine`.

    Raises NotFound for anything else.
    """
    measured = json.loads((root / FILE).read_text(encoding="utf-8"))
    if what not in TABLES:
        raise NotFound(f"{FILE} holds nothing about {what}")
    return TABLES[what](root, measured)


def _steps(root: Path, measured: dict) -> list[str]:
    titles = (
        "| Step | Faults survived | Busy room | Quiet room | Entries per second | Idle socket |"
    )
    rows = [titles, "|---|--:|--:|--:|--:|--:|"]
    for step in _measured_steps(root):
        faults = measured["chaos"]["steps"][_app(step)]
        speed = measured["load"]["steps"][_app(step)]
        survived = sum(cell["word"] == "survived" for cell in faults.values())
        cells = [f"{survived} of {len(faults)}"]
        cells += [_ratio(speed[kind]) for kind in ("busy", "quiet", "enter")]
        cells.append(f"{speed['idle']['median'] / 1024:.0f} KiB")
        rows.append(f"| {_link(step, step.heading)} | {' | '.join(cells)} |")
    return rows


def _faults(root: Path, measured: dict) -> list[str]:
    steps = _measured_steps(root)
    rows = [f"| Fault | {' | '.join(_link(step, step.number or step.slug) for step in steps)} |"]
    rows.append("|---|" + ":-:|" * len(steps))
    for fault in measured["chaos"]["faults"]:
        name = fault["fault"]
        found = [measured["chaos"]["steps"][_app(step)].get(name) for step in steps]
        rows.append(f"| `{name}` | {' | '.join(map(_cell, found))} |")
    return rows


def _lessons(root: Path, measured: dict) -> list[str]:
    rows = ["| Fault | Survived from | Because |", "|---|---|---|"]
    for fault in measured["chaos"]["faults"]:
        step = catalog.find(fault["survived"], root)
        rows.append(f"| `{fault['fault']}` | {_link(step, step.heading)} | {fault['why']} |")
    return rows


def _machine(root: Path, measured: dict) -> list[str]:
    sizes, machine = measured["load"]["options"], measured["load"]["machine"]
    return [
        f"Measured on {machine['date']} with Python {machine['python']} on {machine['system']}, "
        f"{machine['cores']} cores: rooms of {sizes['members']} members, {sizes['seconds']:g} s "
        f"for each room, {sizes['idle']} idle sockets, {sizes['repetitions']} repetitions."
    ]


def _measured_steps(root: Path) -> list[catalog.Checkpoint]:
    return [step for step in catalog.load(root) if not step.number or step.number >= FIRST]


def _link(step: catalog.Checkpoint, text: str) -> str:
    return f"[{text}](../chapters/{step.page}.md)"


def _app(step: catalog.Checkpoint) -> str:
    """Return the name of a step in the file."""
    return f"step-{step.number}" if step.number else step.slug


def _ratio(figure: dict) -> str:
    return f"{figure['ratio']:.2f} ({figure['least']:.2f}–{figure['most']:.2f})"


def _cell(found: dict | None) -> str:
    """Return a step's result for a fault: ✓, how many messages went wrong, ✗, or nothing."""
    if found is None:
        return ""
    if found["word"] == "survived":
        return "✓"
    return str(found["lost"] + found["doubled"] or "✗")


TABLES = {"steps": _steps, "faults": _faults, "lessons": _lessons, "machine": _machine}
