"""The tables of a measured run on a page: all of them come from docs/figures/load.json."""

import json
from pathlib import Path

from workshop.docs_site.sources import NotFound
from workshop.load import bounds, ceiling, report

FILE = Path("docs", "figures", "load.json")


def load(root: Path, what: str) -> list[str]:
    """Return what `python3 -m workshop load` has measured of one kind, as Markdown.

    `what` is a kind of measurement, or "machine", "ceiling", "goals", "growth" … Raises NotFound.
    """
    result = json.loads((root / FILE).read_text(encoding="utf-8"))
    if what in TOLD:
        return TOLD[what](result)
    if what not in result["summary"]:
        raise NotFound(f"{FILE} holds nothing about {what}")
    columns = report.COLUMNS[what]
    rows = [[cell(row) for _, cell in columns] for row in result["summary"][what]]
    table = _table([title for title, _ in columns], rows)
    if any(text.endswith("*") for row in rows for text in row):
        table += ["", "\\* The generator of the load may be what bounds this line."]
    return table


def _table(titles: list[str], rows: list[list[str]], numbers: bool = True) -> list[str]:
    line = ["---", *(["--:" if numbers else "---"] * (len(titles) - 1))]
    return [f"| {' | '.join(cells)} |" for cells in (titles, line, *rows)]


def _machine(result):
    told = result["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in told["packages"].items())
    options = result["options"]
    return [
        f"Measured on {told['date']} on {told['system']} with {told['cores']} cores "
        f"({told['processor']}), Python {told['python']}, {versions}, Node {told['node']}, Redis "
        f"{told['redis']}: {options['members']} members, texts of {options['text_size']} bytes, "
        f"{options['repetitions']} repetitions of {options['seconds']:g} s each."
    ]


def _goals(result):
    rows = [
        [one["goal"], one["wanted"], one["measured"], "met" if one["is_met"] else "**not met**"]
        for one in result["goals"]
    ]
    return _table(["Goal", "Wanted", "Measured", "Outcome"], rows, numbers=False)


def _bounds(result):
    sentences = dict.fromkeys(one["bound"] for one in result["goals"] if one.get("bound"))
    return [f"- {sentence}" for sentence in sentences]


def _joins(result):
    found = [one for one in result["records"] if one["kind"] == "join"]
    sizes = [str(one["size"]) for one in found[0]["joins"]] if found else []
    rows = [[one["target"], *(f"{join['p50_ms']:.1f}" for join in one["joins"])] for one in found]
    return _table(["ms to enter a room of", *sizes], rows)


def _stores(result):
    found = [one for one in result["records"] if one["kind"] == "store"]
    ways = [one["how"] for one in found[0]["stored"][:1]] if found else []
    ways += [f"{one['waiting']} waiting" for one in found[0]["stored"][1:]] if found else []
    rows = [[one["target"], *(f"{way['per_s']:,.0f}" for way in one["stored"])] for one in found]
    return _table(["Messages a second", *ways], rows)


def _hops(result):
    [told, *_] = [one["hops"] for one in result["records"] if one["kind"] == "store"]
    return [
        f"To dispatch an event costs {told['inherited_us']:.0f} µs as Channels has it, with a hop "
        f"to the database's thread, and {told['own_us']:.1f} µs as the finished app has it."
    ]


TOLD = {
    "machine": _machine,
    "ceiling": lambda result: [ceiling.sentence(result["ceiling"])],
    "goals": _goals,
    "bounds": _bounds,
    "growth": lambda result: [bounds.growth(result["summary"])],
    "join": _joins,
    "store": _stores,
    "hops": _hops,
}
