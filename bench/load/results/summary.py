"""Sums up a run's records: medians, and ratios within each repetition."""

from collections.abc import Callable, Sequence
from statistics import median

COUNTS = ("lost", "doubled", "disordered", "strayed", "misnumbered", "unstored")
SATURATED = 0.9  # share of its core beyond which the generator may be what limits a figure


def summarise(records: Sequence[dict]) -> dict[str, list[dict]]:
    """Return rows for each kind of record. Each row sums up one target's repetitions.

    Ratios compare a target with the first one in the same repetition. A row has their median,
    minimum and maximum.
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
    baseline = records[0]["target"]
    rows = []
    for values, group in groups.items():
        row = dict(zip(keys, values, strict=True)) | {"repetitions": len(group)}
        row |= {name: _median(group, value) for name, value in FIGURES[kind].items()}
        row |= _faults(group) if kind in TALKS else {}
        if kind in ("busy", "quiet"):
            row |= _ratios(group, records, baseline)
        if kind == "enter":
            row |= _entry_ratio(group, records, baseline) | _saturation(group)
        if kind == "servers":
            row |= _growth(group, records)
        rows.append(row)
    return rows


def _faults(group):
    counts = {name: sum(record.get(name, 0) for record in group) for name in COUNTS}
    counts["wrong"] = sum(counts.values())
    counts["sent"] = sum(record["sent"] for record in group)
    return counts | _saturation(group)


def _saturation(group):
    used = max(record["generator_cpu"] for record in group)
    return {"generator_cpu": used, "is_bound_by_generator": used > SATURATED}


def _ratios(group, records, baseline):
    """Return the ratios of deliveries, and of processor time per delivery, to the baseline."""
    base = {record["repetition"]: record for record in records if record["target"] == baseline}
    pairs = [(own, base[own["repetition"]]) for own in group if own["repetition"] in base]
    rates = [_divide(own["deliveries_per_s"], other["deliveries_per_s"]) for own, other in pairs]
    costs = [_divide(_cpu(own), _cpu(other)) for own, other in pairs]
    return {"ratio": _spread(rates), "cpu_ratio": _spread(costs)}


def _entry_ratio(group, records, baseline):
    """Return the ratio of an entry's processor time to the baseline, in a room of that size."""
    base = {
        (record["repetition"], record["size"]): _entry_cpu(record)
        for record in records
        if record["target"] == baseline
    }
    pairs = [(_entry_cpu(own), base.get((own["repetition"], own["size"]))) for own in group]
    return {"cpu_ratio": _spread([_divide(own, other) for own, other in pairs])}


def _growth(group, records):
    base = {
        record["repetition"]: record["deliveries_per_s"]
        for record in records
        if record["processes"] == 1 and record["target"] == group[0]["target"]
    }
    pairs = [(own["deliveries_per_s"], base.get(own["repetition"])) for own in group]
    return {"ratio": _spread([_divide(own, other) for own, other in pairs])}


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


def _divide(dividend, divisor):
    return dividend / divisor if dividend is not None and divisor else None


def _at(*path) -> Callable:
    def value(record):
        for name in path:
            record = (record or {}).get(name)
        return record

    return value


_cpu = _at("cpu_ms_per_1000", "server")
_entry_cpu = _at("entry_cpu_ms", "server")
LATENCIES = {f"{part}_ms": _at("latency_ms", part) for part in ("p50", "p95", "p99")}
SPEED = {
    "deliveries_per_s": _at("deliveries_per_s"),
    "cpu_ms_per_1000": _cpu,
    **LATENCIES,
    "texts_per_s": _at("texts_per_s"),
    "server_cpu": _at("cpu_share", "server"),
    "texts_per_frame": lambda r: _divide(r["deliveries_per_s"], r.get("frames_per_s")),
    "beside_main_cpu_ms_per_1000": _at("cpu_ms_per_1000", "beside_main"),
    "redis_cpu": _at("cpu_share", "redis"),
}
TALKS = ("busy", "quiet", "rate", "burst", "members", "servers", "redis")
KEYS = {
    "busy": ("target",),
    "quiet": ("target",),
    "rate": ("target", "part"),
    "burst": ("target",),
    "members": ("target", "members"),
    "storm": ("target",),
    "enter": ("target", "size"),
    "idle": ("target",),
    "servers": ("target", "processes", "share"),
    "redis": ("target", "servers"),
}
ENTRY = {
    "entered": _at("entered"),
    "failed": _at("failed"),
    "seconds": _at("seconds"),
    "p50_ms": _at("entry_ms", "p50"),
    "p99_ms": _at("entry_ms", "p99"),
    "entry_cpu_ms": _entry_cpu,
}
FIGURES = {
    **dict.fromkeys(("busy", "quiet", "members", "servers", "redis"), SPEED),
    "rate": {**SPEED, "rate": _at("rate"), "late_ms": _at("late_ms")},
    "burst": {**SPEED, "last_s": _at("last_s"), "refused": _at("refused")},
    "storm": ENTRY,
    "enter": {**ENTRY, "entries_per_s": _at("entries_per_s")},
    "idle": {
        **ENTRY,
        "bytes_each": _at("bytes_each", "server"),
        "idle_cpu": _at("cpu_share", "server"),
        "dropped": _at("dropped"),
    },
}
