"""The goals that the finished app is to reach, against checkpoint 05 in the same run."""

from workshop.load.bounds import explain

MEASURE = "step-05 daphne core"
BUSY = {"daphne": 20, "uvicorn": 60}
QUIET = {"daphne": 3.5, "uvicorn": 6}
AHEAD_OF = ("starlette", "socketio")
SLOWEST_MS, TWO_PROCESSES, MEMORY, FLAT, CPU = 50, 1.6, 0.5, 1.5, 1 / 20


def judge(summary: dict, records: list[dict]) -> list[dict]:
    """Return each goal that this run can tell about: what was wanted, what came, is it met?

    One that is not met says what bounds it, as far as the run's own figures show that.
    """
    tables = {
        kind: {row["target"]: row for row in rows}
        for kind, rows in summary.items()
        if kind not in ("rate", "members", "servers", "redis")
    }
    found = []
    for target in _ours(tables.get("busy", {})):
        found += _busy(target, tables["busy"])
    for target in _ours(tables.get("quiet", {})):
        found += _ratio("quiet room, deliveries", QUIET, target, tables["quiet"])
    found += _half_rate(summary.get("rate", []))
    found += [_nothing_wrong(summary)] if tables.get("busy") else []
    found += _growth(summary.get("servers", []))
    found += _memory(tables.get("idle", {}))
    found += _joins([record for record in records if record["kind"] == "join"])
    return [goal | _bound(goal, summary, records) for goal in found]


def _bound(goal, summary, records):
    sentence = "" if goal["is_met"] else explain(goal["goal"], summary, records)
    return {"bound": sentence} if sentence else {}


def _goal(what, wanted, measured, is_met):
    return {"goal": what, "wanted": wanted, "measured": measured, "is_met": bool(is_met)}


def _ours(rows):
    return [name for name in rows if name.startswith("final ") and "memory" not in name]


def _ratio(what, wanted, target, rows):
    ratio, least = rows[target].get("ratio"), wanted[target.split()[1]]
    if MEASURE not in rows or not ratio:
        return []
    value = ratio["median"]
    return [_goal(f"{what}, {target}", f"at least {least} x", f"{value:.1f} x", value >= least)]


def _busy(target, rows):
    found = _ratio("busy room, deliveries", BUSY, target, rows)
    if found:
        value = rows[target]["cpu_ratio"]["median"]
        wanted, measured = f"at most 1/{1 / CPU:.0f}", f"1/{1 / value:.0f}" if value else "-"
        found.append(_goal(f"busy room, processor, {target}", wanted, measured, value <= CPU))
    if target.split()[1] == "uvicorn":
        own = rows[target]["deliveries_per_s"]
        for rival in (name for name in AHEAD_OF if name in rows):
            value = own / rows[rival]["deliveries_per_s"]
            what = f"busy room, {target} against {rival}"
            found.append(_goal(what, "ahead", f"{value:.1f} x", value > 1))
    return found


def _half_rate(rows):
    found = []
    for row in rows:
        if row["part"] == 0.5 and row["target"] in _ours({row["target"]: row}):
            value = row["p99_ms"]
            what = f"p99 at half of the maximum rate, {row['target']}"
            wanted, is_met = f"under {SLOWEST_MS} ms", value is not None and value < SLOWEST_MS
            found.append(_goal(what, wanted, f"{value:.1f} ms" if value else "-", is_met))
    return found


def _nothing_wrong(summary):
    rows = [row for kind in summary.values() for row in kind if "wrong" in row]
    wrong = sum(row["wrong"] for row in rows if row["target"].startswith("final "))
    return _goal("texts lost, doubled, out of order, strayed, final", "0", f"{wrong:,}", not wrong)


def _growth(rows):
    found = []
    for row in rows:
        if row["processes"] == 2 and row.get("ratio"):
            value = row["ratio"]["median"]
            what = f"two processes against one, {row['target']}"
            wanted = f"at least {TWO_PROCESSES} x"
            found.append(_goal(what, wanted, f"{value:.2f} x", value >= TWO_PROCESSES))
    return found


def _memory(rows):
    base, found = rows.get(MEASURE), []
    for target in _ours(rows) if base and base["bytes_each"] else ():
        value = rows[target]["bytes_each"] / base["bytes_each"]
        what, wanted = f"memory of an idle socket, {target}", f"at most {MEMORY} x"
        found.append(_goal(what, wanted, f"{value:.2f} x", value <= MEMORY))
    return found


def _joins(records):
    found = []
    for record in records:
        if record["target"].startswith("final "):
            first, last = record["joins"][0], record["joins"][-1]
            value = last["p50_ms"] / first["p50_ms"]
            what = f"joining a room of {last['size']} against one of {first['size']}"
            wanted = f"flat, at most {FLAT} x"
            found.append(
                _goal(f"{what}, {record['target']}", wanted, f"{value:.2f} x", value <= FLAT)
            )
    return found
