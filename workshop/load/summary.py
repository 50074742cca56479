"""From the records of a run to what a person reads: medians, and ratios within each repetition."""

from collections.abc import Callable, Sequence
from statistics import median

COUNTS = ("lost", "doubled", "disordered", "strayed", "misnumbered", "unstored")
SATURATED = 0.9  # part of its core beyond which the generator may be what bounds a figure


def summarise(records: Sequence[dict]) -> dict[str, list[dict]]:
    """Return rows for each kind of record; each row sums up the repetitions of one target.

    Ratios are taken within a repetition, against the first target in it; their median stands with
    the least and the most.
    """
    tables = {}
    for kind, keys in KEYS.items():
        chosen = [record for record in records if record["kind"] == kind]
        if chosen:
            tables[kind] = _rows(chosen, keys, kind)
    return tables


def _rows(records, keys, kind):
    groups = {}
    for record in records:
        groups.setdefault(tuple(record[key] for key in keys), []).append(record)
    first = records[0]["target"]
    rows = []
    for values, group in groups.items():
        row = dict(zip(keys, values, strict=True)) | {"repetitions": len(group)}
        row |= {name: _median(group, value) for name, value in FIGURES[kind].items()}
        row |= _faults(group) if kind in TALKS else {}
        if kind in ("busy", "quiet"):
            row |= _ratios(group, records, first)
        if kind == "servers":
            row |= _growth(group, records)
        rows.append(row)
    return rows


def _faults(group):
    counts = {name: sum(record.get(name, 0) for record in group) for name in COUNTS}
    counts["wrong"] = sum(counts.values())
    counts["sent"] = sum(record["sent"] for record in group)
    counts["generator_cpu"] = max(record["generator_cpu"] for record in group)
    counts["is_bound_by_generator"] = counts["generator_cpu"] > SATURATED
    return counts


def _ratios(group, records, first):
    """The ratio of deliveries, and of the processor's time each takes, to the first target's."""
    base = {record["repetition"]: record for record in records if record["target"] == first}
    pairs = [(one, base[one["repetition"]]) for one in group if one["repetition"] in base]
    rates = [_divide(one["deliveries_per_s"], other["deliveries_per_s"]) for one, other in pairs]
    costs = [_divide(_cpu(one), _cpu(other)) for one, other in pairs]
    return {"ratio": _spread(rates), "cpu_ratio": _spread(costs)}


def _growth(group, records):
    base = {
        record["repetition"]: record["deliveries_per_s"]
        for record in records
        if record["processes"] == 1 and record["target"] == group[0]["target"]
    }
    pairs = [(one["deliveries_per_s"], base.get(one["repetition"])) for one in group]
    return {"ratio": _spread([_divide(one, other) for one, other in pairs])}


def _spread(values):
    known = [value for value in values if value is not None]
    if not known:
        return None
    return {
        "median": round(median(known), 3),
        "least": round(min(known), 3),
        "most": round(max(known), 3),
    }


def _median(group, value: Callable):
    known = [found for record in group if (found := value(record)) is not None]
    return round(median(known), 3) if known else None


def _divide(one, other):
    return one / other if one is not None and other else None


def _of(*path) -> Callable:
    def value(record):
        for name in path:
            record = (record or {}).get(name)
        return record

    return value


_cpu = _of("cpu_ms_per_1000", "server")
LATENCIES = {f"{part}_ms": _of("latency_ms", part) for part in ("p50", "p95", "p99")}
SPEED = {"deliveries_per_s": _of("deliveries_per_s"), "cpu_ms_per_1000": _cpu, **LATENCIES}
SPEED |= {"texts_per_s": _of("texts_per_s"), "server_cpu": _of("cpu_share", "server")}
SPEED |= {"texts_per_frame": lambda one: _divide(one["deliveries_per_s"], one.get("frames_per_s"))}
SPEED |= {"beside_main_cpu_ms_per_1000": _of("cpu_ms_per_1000", "beside_main")}
SPEED |= {"redis_cpu": _of("cpu_share", "redis")}
TALKS = ("busy", "quiet", "rate", "burst", "members", "servers", "redis")
KEYS = {
    "busy": ("target",),
    "quiet": ("target",),
    "rate": ("target", "part"),
    "burst": ("target",),
    "members": ("target", "members"),
    "storm": ("target",),
    "idle": ("target",),
    "servers": ("target", "processes", "share"),
    "redis": ("target", "servers"),
}
ENTRY = {"entered": _of("entered"), "failed": _of("failed"), "seconds": _of("seconds")}
ENTRY |= {f"{part}_ms": _of("entry_ms", part) for part in ("p50", "p99")}
ENTRY |= {"entry_cpu_ms": _of("entry_cpu_ms", "server")}
FIGURES = {
    **dict.fromkeys(("busy", "quiet", "members", "servers", "redis"), SPEED),
    "rate": {**SPEED, "rate": _of("rate"), "late_ms": _of("late_ms")},
    "burst": {**SPEED, "last_s": _of("last_s"), "refused": _of("refused")},
    "storm": ENTRY,
    "idle": {**ENTRY, "bytes_each": _of("bytes_each", "server")}
    | {"idle_cpu": _of("cpu_share", "server"), "dropped": _of("dropped")},
}
