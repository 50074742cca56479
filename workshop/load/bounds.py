"""Why a goal is not met: what bounds it, told by the figures of the same run."""


def explain(goal: str, summary: dict, records: list[dict]) -> str:
    """Return a sentence about what bounds `goal`, or nothing where the run does not show it."""
    kind = goal.partition(",")[0]
    target = goal.rpartition(", ")[2]
    match kind.split()[0]:
        case "quiet":
            return _quiet(target, summary, records)
        case "busy":
            return _busy(target.partition(" against ")[0], summary)
        case "memory":
            return _memory(target, summary)
        case "two":
            return growth(summary)
        case "joining":
            return _join(target, records)
    return ""


def _quiet(target, summary, records):
    row = _row(summary, "quiet", target)
    if not (row and row["texts_per_s"]):
        return ""
    whole = 1000 / row["texts_per_s"]
    return (
        f"In a quiet room on {target} a text takes {whole:.1f} ms from its sender and back. "
        + _where_it_goes(target, row, row["deliveries_per_s"] / row["texts_per_s"], summary)
        + _transaction(records)
    )


def _where_it_goes(target, row, deliveries, summary):
    """The processor's time of `deliveries`, by thread, and what bare frames would take of it."""
    computed = row["cpu_ms_per_1000"] * deliveries / 1000
    thread = row["beside_main_cpu_ms_per_1000"] * deliveries / 1000
    told = (
        f"The server computes {computed:.1f} ms: {thread:.1f} ms in the thread that "
        f"stores, {computed - thread:.1f} ms in the one that reads, checks, publishes and sends. "
    )
    bare = _row(summary, "quiet", "starlette")
    if bare and "uvicorn" in target and row["texts_per_frame"]:
        frames = deliveries / row["texts_per_frame"]
        told += (
            f"The {frames:.0f} frames alone are {bare['cpu_ms_per_1000'] * frames / 1000:.1f} ms, "
            f"as Starlette shows, which does nothing else on the same server. "
        )
    return told


def _transaction(records):
    alone = _alone(records)
    if not alone:
        return ""
    return (
        f"A transaction of its own is {alone['ms']:.1f} ms, {alone['cpu_ms']:.1f} ms of them "
        f"the processor's."
    )


def _busy(target, summary):
    row = _row(summary, "busy", target)
    if not (row and row["texts_per_frame"]):
        return ""
    return (
        f"In a busy room on {target} the server computes {row['server_cpu']:.0%} of the time. "
        f"1,000 deliveries are {1000 / row['texts_per_frame']:.0f} frames. "
        + _where_it_goes(target, row, 1000, summary).rstrip()
    )


def _memory(target, summary):
    row = _row(summary, "idle", target)
    floors = [_row(summary, "idle", name) for name in ("starlette", "websockets")]
    known = [f"{one['target']} {one['bytes_each']:,.0f}" for one in floors if one]
    if not (row and known):
        return ""
    return (
        f"An idle socket on {target} takes {row['bytes_each']:,.0f} bytes. Without Channels, "
        f"Django and an account they are: {', '.join(known)}."
    )


def _join(target, records):
    joins = [join for one in records if one["target"] == target for join in one.get("joins", [])]
    if not joins:
        return ""
    told = ", ".join(f"{one['p50_ms']:.1f} ms with {one['size']}" for one in joins)
    return (
        f"To enter on {target} takes {told}. What grows is the list of those who are here: Redis "
        f"tells every lease, the page gets every name, and everybody hears who came."
    )


def growth(summary: dict) -> str:
    """Return why more processes bring less than they are, or nothing where none were measured."""
    rows = summary.get("servers", [])
    if not rows:
        return ""
    told = ", ".join(
        f"{row['texts_per_frame']:.0f} with {row['processes']}"
        for row in rows
        if row["texts_per_frame"]
    )
    return (
        f"Growth with processes bends because each stores and publishes its own people's texts: a "
        f"frame holds fewer of them ({told}), and every process sends each of those frames."
    )


def _row(summary, kind, target):
    return next((row for row in summary.get(kind, []) if row["target"] == target), None)


def _alone(records):
    stores = [one for one in records if one["kind"] == "store" and "sqlite" in one["target"]]
    return stores[0]["stored"][0] if stores else None
