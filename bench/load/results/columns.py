"""The tables' columns for each kind of measurement: titles, and how to format a cell."""


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
    """Return the number of faulty texts, with a * if the generator may limit the figure."""
    return f"{row['wrong']:,}" + _mark(row)


def _entries(row):
    return f"{row['entries_per_s']:,.0f}" + _mark(row)


def _mark(row):
    return "*" if row["is_bound_by_generator"] else ""


TARGET = ("target", lambda row: row["target"])
RATE = ("deliveries/s", _number("deliveries_per_s"))
CPU = ("CPU ms/1,000", _number("cpu_ms_per_1000", "{:.1f}"))
TIMES = [(part, _number(f"{part}_ms", "{:.1f}")) for part in ("p50", "p95", "p99")]
P99 = ("p99 ms", _number("p99_ms", "{:.1f}"))
WRONG = ("wrong", _wrong)
RATIO = ("ratio", _spread("ratio"))
ENTERED = [("entered", _number("entered")), ("failed", _number("failed"))]
ENTRY_CPU = ("CPU ms each", _number("entry_cpu_ms", "{:.2f}"))
SHARE = ("part", _number("part", "{:.0%}"))
COLUMNS = {
    "busy": [TARGET, RATE, RATIO, CPU, P99, WRONG],
    "quiet": [TARGET, RATE, RATIO, CPU, P99, WRONG],
    "rate": [TARGET, SHARE, ("texts/s", _number("rate")), *TIMES, WRONG],
    "burst": [TARGET, ("seconds", _number("last_s", "{:.2f}")), RATE, P99, WRONG],
    "members": [TARGET, ("members", _number("members")), RATE, CPU, P99, WRONG],
    "storm": [
        TARGET,
        *ENTERED,
        ("seconds", _number("seconds", "{:.2f}")),
        ("p99 ms", _number("p99_ms")),
        ("CPU ms each", _number("entry_cpu_ms", "{:.1f}")),
    ],
    "enter": [
        TARGET,
        ("members", _number("size")),
        ("entries/s", _entries),
        ENTRY_CPU,
        ("CPU ratio", _spread("cpu_ratio")),
        ("failed", _number("failed")),
    ],
    "idle": [
        TARGET,
        *ENTERED,
        ("bytes each", _number("bytes_each")),
        ("CPU", _number("idle_cpu", "{:.1%}")),
    ],
    "servers": [TARGET, ("processes", _number("processes")), RATE, RATIO, CPU, P99, WRONG],
    "redis": [TARGET, ("Redis", _number("servers")), RATE, CPU, P99, WRONG],
}
