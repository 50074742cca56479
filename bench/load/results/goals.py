"""The goals of the finished app, judged against checkpoint 05 in the same run."""

from dataclasses import asdict, dataclass

from bench.load.results.explanations import EXPLANATIONS
from bench.load.targets import Target

BASELINE = "step-05 daphne core"
BUSY = {"daphne": 20, "uvicorn": 60}  # times the deliveries of the baseline
QUIET = {"daphne": 3.5, "uvicorn": 6}
AHEAD_OF = ("starlette", "socketio")
BUSY_CPU = 1 / 20
SLOWEST_MS = 50
TWO_PROCESSES = 1.6
MEMORY = 0.5
ENTRY_CPU = 1.6
ENTRY_GROWTH = 1.5
ONE_ROW_FOR_A_TARGET = ("busy", "quiet", "burst", "storm", "idle")


@dataclass(frozen=True)
class SpeedGoal:
    """A goal, and whether a run reached it. `kind` and `target` say what was measured."""

    kind: str
    target: str
    goal: str
    wanted: str
    measured: str
    is_met: bool
    bound: str = ""  # what keeps the app from reaching it, if the run shows that


def judge(summary: dict, records: list[dict]) -> list[dict]:
    """Return each goal that this run can judge as a dictionary.

    A goal that isn't met says what limits it, if the run's own figures show that.
    """
    rows = {
        kind: {row["target"]: row for row in table}
        for kind, table in summary.items()
        if kind in ONE_ROW_FOR_A_TARGET
    }
    found = []
    for target in _ours(rows.get("busy", {})):
        found += _busy(target, rows["busy"])
    for target in _ours(rows.get("quiet", {})):
        found += _ratio("quiet", "quiet room, deliveries", QUIET, target, rows["quiet"])
    found += _half_rate(summary.get("rate", []))
    found += [_nothing_wrong(summary)] if rows.get("busy") else []
    found += _growth(summary.get("servers", []))
    found += _memory(rows.get("idle", {}))
    found += _entries(summary.get("enter", []))
    return [_explained(goal, summary, records) for goal in found]


def _explained(goal: SpeedGoal, summary, records) -> dict:
    told = asdict(goal)
    explain = EXPLANATIONS.get(goal.kind)
    if explain and not goal.is_met:
        told["bound"] = explain(goal.target, summary, records)
    return told


def _ours(names) -> list[str]:
    """Return the names of the finished app on a layer that processes can share."""
    targets = {name: Target.named(name) for name in names}
    return [name for name, t in targets.items() if t.app == "final" and t.layer != "memory"]


def _ratio(kind, title, wanted, target, rows) -> list[SpeedGoal]:
    ratio, least = rows[target].get("ratio"), wanted[Target.named(target).server]
    if BASELINE not in rows or not ratio:
        return []
    value = ratio["median"]
    is_met = value >= least
    return [
        SpeedGoal(kind, target, f"{title}, {target}", f"at least {least} x", _times(value), is_met)
    ]


def _busy(target, rows) -> list[SpeedGoal]:
    found = _ratio("busy", "busy room, deliveries", BUSY, target, rows)
    if found:
        value = rows[target]["cpu_ratio"]["median"]
        title = f"busy room, processor, {target}"
        wanted, measured = f"at most 1/{1 / BUSY_CPU:.0f}", f"1/{1 / value:.0f}" if value else "-"
        found.append(SpeedGoal("busy", target, title, wanted, measured, value <= BUSY_CPU))
    if Target.named(target).server == "uvicorn":
        own = rows[target]["deliveries_per_s"]
        for rival in (name for name in AHEAD_OF if name in rows):
            value = own / rows[rival]["deliveries_per_s"]
            title = f"busy room, {target} against {rival}"
            found.append(SpeedGoal("busy", target, title, "ahead", _times(value), value > 1))
    return found


def _half_rate(rows) -> list[SpeedGoal]:
    found = []
    for row in rows:
        target, value = row["target"], row["p99_ms"]
        if row["part"] == 0.5 and _ours([target]):
            title = f"p99 at half of the maximum rate, {target}"
            measured = f"{value:.1f} ms" if value else "-"
            is_met = value is not None and value < SLOWEST_MS
            wanted = f"under {SLOWEST_MS} ms"
            found.append(SpeedGoal("latency", target, title, wanted, measured, is_met))
    return found


def _nothing_wrong(summary) -> SpeedGoal:
    rows = [row for table in summary.values() for row in table if "wrong" in row]
    wrong = sum(row["wrong"] for row in rows if Target.named(row["target"]).app == "final")
    title = "texts lost, doubled, out of order, strayed, final"
    return SpeedGoal("errors", "final", title, "0", f"{wrong:,}", not wrong)


def _growth(rows) -> list[SpeedGoal]:
    found = []
    for row in rows:
        if row["processes"] == 2 and row.get("ratio"):
            value = row["ratio"]["median"]
            title = f"two processes against one, {row['target']}"
            wanted = f"at least {TWO_PROCESSES} x"
            is_met = value >= TWO_PROCESSES
            found.append(
                SpeedGoal("processes", row["target"], title, wanted, f"{value:.2f} x", is_met)
            )
    return found


def _memory(rows) -> list[SpeedGoal]:
    base = rows.get(BASELINE)
    found = []
    for target in _ours(rows) if base and base["bytes_each"] else ():
        value = rows[target]["bytes_each"] / base["bytes_each"]
        title, wanted = f"memory of an idle socket, {target}", f"at most {MEMORY} x"
        is_met = value <= MEMORY
        found.append(SpeedGoal("memory", target, title, wanted, f"{value:.2f} x", is_met))
    return found


def _entries(rows) -> list[SpeedGoal]:
    found = []
    for target in _ours(dict.fromkeys(row["target"] for row in rows)):
        own = sorted((row for row in rows if row["target"] == target), key=lambda r: r["size"])
        for row in own if any(row["target"] == BASELINE for row in rows) else ():
            value = (row["cpu_ratio"] or {}).get("median")
            title = f"entering a room of {row['size']:,}, processor, {target}"
            wanted, measured = f"at most {ENTRY_CPU} x", f"{value:.1f} x" if value else "-"
            is_met = value is not None and value <= ENTRY_CPU
            found.append(SpeedGoal("entry", target, title, wanted, measured, is_met))
        found += _entry_growth(target, own)
    return found


def _entry_growth(target, rows) -> list[SpeedGoal]:
    first, last = rows[0], rows[-1]
    if first is last or not first["entry_cpu_ms"]:
        return []
    value = last["entry_cpu_ms"] / first["entry_cpu_ms"]
    title = f"entering a room of {last['size']:,} against one of {first['size']:,}, {target}"
    wanted = f"flat, at most {ENTRY_GROWTH} x"
    return [SpeedGoal("entry", target, title, wanted, f"{value:.2f} x", value <= ENTRY_GROWTH)]


def _times(value: float) -> str:
    return f"{value:.1f} x"
