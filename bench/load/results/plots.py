"""Plots a run's results, readable in both light and dark mode."""

from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: E402

from bench.load.targets import Target  # noqa: E402

COLOURS = ("#3b82f6", "#e8710a", "#10a37f", "#c026d3", "#dc2626", "#8b7500", "#64748b", "#0e9ab5")
INK = "#7f7f7f"  # halfway between black and white
SIZE = (8, 4.5)
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "workshop",
    "font.family": "sans-serif",
    "font.size": 11,
    "savefig.transparent": True,
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK
    ),
}
FORMATS = ("svg", "png")


def draw(result: dict, folder: Path) -> list[Path]:
    """Draw a plot for each kind of record in `result`. Returns the files, SVG and PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with pyplot.rc_context(STYLE):
        for name, (kinds, picture) in PICTURES.items():
            if any(kind in result["summary"] for kind in kinds):
                figure = picture(result)
                for form in FORMATS:
                    path = folder / f"{name}.{form}"
                    metadata = {"Date": None} if form == "svg" else {}
                    figure.savefig(path, dpi=120, bbox_inches="tight", metadata=metadata)
                    written.append(path)
                pyplot.close(figure)
    return written


def _axes(title, across, up):
    figure, axes = pyplot.subplots(figsize=SIZE)
    axes.set_title(title, loc="left")
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.grid(True, color=INK, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _lines(axes, rows: Sequence[dict], across: Callable, up: Callable) -> None:
    names = list(dict.fromkeys(row["target"] for row in rows))
    for colour, name in zip(COLOURS * 2, names, strict=False):
        points = sorted(
            (across(row), up(row)) for row in rows if row["target"] == name and up(row) is not None
        )
        if points:
            axes.plot(*zip(*points, strict=True), marker="o", color=colour, label=name)


def _bars(axes, rows: Sequence[dict], value: Callable, form: str) -> None:
    known = [row for row in rows if value(row) is not None]
    names, values = [row["target"] for row in known], [value(row) for row in known]
    colours = ["#3b82f6" if Target.named(name).app == "final" else "#94a3b8" for name in names]
    bars = axes.barh(names, values, color=colours)
    axes.bar_label(bars, [form.format(value) for value in values], padding=4)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.grid(False, axis="y")


def _thousands(axis):
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _speed(result):
    figure, axes = _axes("A busy room", "deliveries per second on one core", "")
    _bars(axes, result["summary"]["busy"], lambda row: row["deliveries_per_s"], "{:,.0f}")
    _thousands(axes.xaxis)
    return figure


def _fan_out(result):
    title = "Fan-out: deliveries per second against members of the room"
    figure, axes = _axes(title, "members of the room", "deliveries per second")
    rows = result["summary"].get("members", []) + [
        {**row, "members": result["options"]["members"]}
        for row in result["summary"].get("busy", [])
    ]
    _lines(axes, rows, lambda row: row["members"], lambda row: row["deliveries_per_s"])
    axes.set_yscale("log")
    _thousands(axes.yaxis)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _latency(result):
    figure, panes = pyplot.subplots(1, 3, figsize=(11, 4.5), sharey=True)
    for axes, part in zip(panes, ("p50", "p95", "p99"), strict=True):
        _latency_pane(axes, result["summary"]["rate"], part)
    panes[0].set_ylabel("ms from the intended moment")
    lines, names = panes[0].get_legend_handles_labels()
    figure.legend(
        lines,
        names,
        frameon=False,
        fontsize=10,
        ncols=4,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
    )
    return figure


def _latency_pane(axes, rows: Sequence[dict], part: str) -> None:
    """Plot one latency percentile against the rate."""
    axes.set_title(part, loc="left")
    axes.grid(True, color=INK, alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("deliveries per second")
    axes.set_xscale("log")
    axes.set_yscale("log")
    _lines(axes, rows, lambda row: row["deliveries_per_s"], lambda row: row[f"{part}_ms"])
    _thousands(axes.xaxis)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _memory(result):
    figure, axes = _axes("Memory of an idle connection", "KiB", "")
    _bars(axes, result["summary"]["idle"], lambda row: (row["bytes_each"] or 0) / 1024, "{:.1f}")
    return figure


def _processor(result):
    figure, axes = _axes("Processor time in a busy room", "ms per 1,000 deliveries", "")
    _bars(axes, result["summary"]["busy"], lambda row: row["cpu_ms_per_1000"], "{:.1f}")
    return figure


def _growth(result):
    rows = result["summary"]["servers"]
    figure, axes = _axes("Growth with server processes", "server processes", "times one process")
    for colour, name in zip(COLOURS, dict.fromkeys(row["target"] for row in rows), strict=False):
        own = sorted(
            (row["processes"], row["ratio"])
            for row in rows
            if row["target"] == name and row["ratio"]
        )
        counts, ratios = [count for count, _ in own], [ratio for _, ratio in own]
        middle = [ratio["median"] for ratio in ratios]
        below = [ratio["median"] - ratio["least"] for ratio in ratios]
        above = [ratio["most"] - ratio["median"] for ratio in ratios]
        axes.errorbar(
            counts, middle, [below, above], marker="o", color=colour, capsize=4, label=name
        )
    most = max(row["processes"] for row in rows)
    axes.plot([1, most], [1, most], linestyle=":", color=INK, label="perfect growth")
    axes.set_xticks(sorted({row["processes"] for row in rows}))
    axes.legend(frameon=False, fontsize=9)
    return figure


PICTURES = {
    "load-busy": (("busy",), _speed),
    "load-members": (("members",), _fan_out),
    "load-latency": (("rate",), _latency),
    "load-memory": (("idle",), _memory),
    "load-cpu": (("busy",), _processor),
    "load-servers": (("servers",), _growth),
}
