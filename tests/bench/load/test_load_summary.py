"""Records become medians, ratios within a repetition, goals and tables."""

import json

from bench.load.command import evaluate
from bench.load.results import goals
from bench.load.results.summary import summarise
from workshop.base.paths import ROOT

FIRST, OURS = "step-05 daphne core", "final uvicorn pubsub"


def record(target, repetition, deliveries, cpu=1.0, **more):
    return {
        "kind": "busy",
        "target": target,
        "repetition": repetition,
        "deliveries_per_s": deliveries,
        "cpu_ms_per_1000": {"server": cpu, "beside_main": cpu / 4},
        "cpu_share": {"server": 0.9},
        "frames_per_s": deliveries,
        "latency_ms": {"p50": 1, "p95": 2, "p99": 3},
        "texts_per_s": deliveries / 50,
        "sent": 100,
        "generator_cpu": 0.2,
        "lost": 0,
        **more,
    }


def run(kind="busy", **more):
    """Three repetitions on a machine that gets slower. The ratios are 70, 60 and 80."""
    pairs = [(1000, 70_000), (500, 30_000), (250, 20_000)]
    return [
        record(target, repetition, value, cpu, kind=kind, **more)
        for repetition, pair in enumerate(pairs)
        for target, value, cpu in zip((FIRST, OURS), pair, (100, 2), strict=True)
    ]


def test_ratios_are_taken_within_a_repetition_and_shown_with_their_spread():
    first, ours = summarise(run())["busy"]
    assert first["ratio"] == {"median": 1.0, "least": 1.0, "most": 1.0}
    assert ours["ratio"] == {"median": 70.0, "least": 60.0, "most": 80.0}
    assert ours["cpu_ratio"]["median"] == 0.02
    assert (ours["deliveries_per_s"], ours["repetitions"]) == (30_000, 3)


def test_errors_of_all_repetitions_are_summed_up():
    _, ours = summarise([*run(), record(OURS, 3, 1, lost=2, doubled=1)])["busy"]
    assert (ours["lost"], ours["doubled"], ours["wrong"]) == (2, 1, 3)


def test_a_figure_that_the_generator_may_limit_is_marked():
    rows = summarise([record(FIRST, 0, 1), record(OURS, 0, 1, generator_cpu=0.97)])["busy"]
    assert [row["is_bound_by_generator"] for row in rows] == [False, True]


def test_goals_are_judged_against_checkpoint_05_in_the_same_run():
    records = run()
    found = {goal["goal"]: goal for goal in goals.judge(summarise(records), records)}
    assert found[f"busy room, deliveries, {OURS}"]["is_met"]
    assert found[f"busy room, deliveries, {OURS}"]["measured"] == "70.0 x"
    assert found[f"busy room, processor, {OURS}"]["measured"] == "1/50"
    assert found["texts lost, doubled, out of order, strayed, final"]["is_met"]


def test_a_goal_that_is_not_met_is_explained_from_the_same_run():
    alone = {"how": "one by one", "per_s": 400, "ms": 2.5, "cpu_ms": 1.0}
    store = {"kind": "store", "target": "final sqlite", "stored": [alone]}
    speeds = {FIRST: (5000, 100), OURS: (12_500, 50), "starlette": (100_000, 6)}
    records = [record(who, 0, *speed, kind="quiet") for who, speed in speeds.items()]
    [goal] = goals.judge(summarise(records), [*records, store])
    assert not goal["is_met"]
    # 12,500 deliveries to 50 members are 250 texts a second: 4 ms each, of which 2.5 to compute.
    told = (
        "takes 4.0 ms",
        "computes 2.5 ms",
        "0.6 ms in the thread that stores, 1.9 ms in the one",
    )
    frames = ("The 50 frames alone are 0.3 ms", "takes 2.5 ms, of which 1.0 ms are processor time")
    for words in (*told, *frames):
        assert words in goal["bound"], goal["bound"]


def entry(target, size, cpu, repetition=0):
    return {
        "kind": "enter",
        "target": target,
        "size": size,
        "repetition": repetition,
        "entry_cpu_ms": {"server": cpu},
        "entries_per_s": 1000 / cpu,
        "generator_cpu": 0.2,
    }


def test_entries_are_compared_with_checkpoint_05_in_a_room_of_the_same_size():
    sizes = {10: (1.0, 1.5), 2000: (2.0, 4.0)}
    records = [
        entry(target, size, cpu)
        for size, costs in sizes.items()
        for target, cpu in zip((FIRST, OURS), costs, strict=True)
    ]
    small, large, growth = goals.judge(summarise(records), records)
    assert (small["measured"], small["is_met"]) == ("1.5 x", True)
    assert (large["measured"], large["is_met"]) == ("2.0 x", False)
    assert (growth["measured"], growth["is_met"]) == ("2.67 x", False)
    assert "1.5 ms into a room of 10, 4.0 ms into a room of 2,000" in growth["bound"]


def test_explanations_depend_on_a_goals_kind_not_its_wording():
    records = run()
    for goal in goals.judge(summarise(records), records):
        assert goal["kind"] in ("busy", "errors")
        assert goal["target"] in goal["goal"]


def test_the_figures_in_the_docs_are_computed_from_their_records():
    stored = json.loads((ROOT / "docs" / "figures" / "load.json").read_text(encoding="utf-8"))
    assert evaluate(stored) == stored


def test_a_goal_that_is_not_reached_is_not_met():
    records = [record(FIRST, 0, 1000, 10), record(OURS, 0, 59_000, 1, lost=1)]
    found = goals.judge(summarise(records), records)
    assert [goal["is_met"] for goal in found] == [False, False, False]
