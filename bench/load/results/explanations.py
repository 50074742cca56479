"""Explains why a goal isn't met, using figures from the same run."""

from bench.load.targets import Target


def explain_quiet(target: str, summary: dict, records: list[dict]) -> str:
    """Say where a text's time goes in a quiet room."""
    row = _row(summary, "quiet", target)
    if not (row and row["texts_per_s"]):
        return ""
    milliseconds = 1000 / row["texts_per_s"]
    deliveries = row["deliveries_per_s"] / row["texts_per_s"]
    return (
        f"In a quiet room on {target} a text takes {milliseconds:.1f} ms from its sender and back. "
        + _processor_time(target, row, deliveries, summary)
        + _transaction(records)
    )


def explain_busy(target: str, summary: dict, records: list[dict]) -> str:
    """Say where the processor time of 1,000 deliveries goes in a busy room."""
    row = _row(summary, "busy", target)
    if not (row and row["texts_per_frame"]):
        return ""
    return (
        f"In a busy room on {target} the server computes {row['server_cpu']:.0%} of the time. "
        f"1,000 deliveries are {1000 / row['texts_per_frame']:.0f} frames. "
        + _processor_time(target, row, 1000, summary).rstrip()
    )


def explain_memory(target: str, summary: dict, records: list[dict]) -> str:
    """Say how much memory an idle socket takes, with and without Channels and Django."""
    row = _row(summary, "idle", target)
    floors = [_row(summary, "idle", name) for name in ("starlette", "websockets")]
    known = [f"{floor['target']} {floor['bytes_each']:,.0f}" for floor in floors if floor]
    if not (row and known):
        return ""
    return (
        f"An idle socket on {target} takes {row['bytes_each']:,.0f} bytes. Without Channels, "
        f"Django and an account it takes: {', '.join(known)}."
    )


def explain_growth(target: str, summary: dict, records: list[dict]) -> str:
    """Say why two processes achieve less than twice as much, or nothing if none were measured."""
    rows = [row for row in summary.get("servers", []) if row["texts_per_frame"]]
    if not rows:
        return ""
    told = ", ".join(f"{row['texts_per_frame']:.0f} with {row['processes']}" for row in rows)
    return (
        "Doubling the processes does not double the throughput, because each process stores and "
        "publishes only what its own users write. So a frame holds fewer messages "
        f"({told}), and every process has to send each of those frames."
    )


def explain_entry(target: str, summary: dict, records: list[dict]) -> str:
    """Say what entering a room of each size costs, compared with the bare servers."""
    rows = [row for row in summary.get("enter", []) if row["target"] == target]
    told = ", ".join(f"{row['entry_cpu_ms']:.1f} ms into a room of {row['size']:,}" for row in rows)
    if not told:
        return ""
    return (
        f"An entry on {target} costs {told}. It looks up the session, the account, the room and "
        "how far the person has read, and tells the room who came; checkpoint 05 does none of this."
    )


def _processor_time(target, row, deliveries, summary):
    """Say how much processor time `deliveries` take per thread, and how much is bare frames."""
    total = row["cpu_ms_per_1000"] * deliveries / 1000
    storing = row["beside_main_cpu_ms_per_1000"] * deliveries / 1000
    told = (
        f"The server computes {total:.1f} ms: {storing:.1f} ms in the thread that "
        f"stores, {total - storing:.1f} ms in the one that reads, checks, publishes and sends. "
    )
    bare = _row(summary, "quiet", "starlette")
    if bare and Target.named(target).server == "uvicorn" and row["texts_per_frame"]:
        frames = deliveries / row["texts_per_frame"]
        milliseconds = bare["cpu_ms_per_1000"] * frames / 1000
        told += (
            f"The {frames:.0f} frames alone are {milliseconds:.1f} ms, "
            f"as Starlette shows, which does nothing else on the same server. "
        )
    return told


def _transaction(records):
    stores = [r for r in records if r["target"] == "final sqlite"]
    if not stores:
        return ""
    alone = stores[0]["stored"][0]
    return (
        f"A transaction for each message takes {alone['ms']:.1f} ms, "
        f"of which {alone['cpu_ms']:.1f} ms are processor time."
    )


def _row(summary, kind, target):
    return next((row for row in summary.get(kind, []) if row["target"] == target), None)


EXPLANATIONS = {
    "quiet": explain_quiet,
    "busy": explain_busy,
    "memory": explain_memory,
    "processes": explain_growth,
    "entry": explain_entry,
}
