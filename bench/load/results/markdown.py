"""A run's tables and sentences as Markdown, for the docs."""

from bench.load import ceiling
from bench.load.results.columns import COLUMNS
from bench.load.results.explanations import explain_growth

GENERATOR_IS_THE_LIMIT = "\\* The load generator may be what limits this line."


def tables(result: dict) -> dict[str, list[str]]:
    """Return lines of Markdown for each kind of measurement, and a paragraph about the run."""
    found = {kind: _summary_table(kind, rows) for kind, rows in result["summary"].items()}
    found |= {
        "machine": _machine(result),
        "ceiling": [ceiling.sentence(result["ceiling"])],
        "goals": _goals(result["goals"]),
        "bounds": _bounds(result["goals"]),
        "growth": [explain_growth("", result["summary"], result["records"])],
    }
    stores = [record for record in result["records"] if record["kind"] == "store"]
    if stores:
        found["store"] = _stores(stores)
        found["hops"] = _hops(stores[0]["hops"])
    return found


def _summary_table(kind, rows) -> list[str]:
    columns = COLUMNS[kind]
    cells = [[cell(row) for _, cell in columns] for row in rows]
    table = _table([title for title, _ in columns], cells)
    if any(text.endswith("*") for row in cells for text in row):
        table += ["", GENERATOR_IS_THE_LIMIT]
    return table


def _table(titles: list[str], rows: list[list[str]], numbers: bool = True) -> list[str]:
    line = ["---", *(["--:" if numbers else "---"] * (len(titles) - 1))]
    return [f"| {' | '.join(cells)} |" for cells in (titles, line, *rows)]


def _machine(result) -> list[str]:
    machine, options = result["machine"], result["options"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    return [
        f"Measured on {machine['date']} on {machine['system']} with {machine['cores']} cores "
        f"({machine['processor']}), Python {machine['python']}, {versions}, Node "
        f"{machine['node']}, Redis {machine['redis']}: {options['members']} members, texts of "
        f"{options['text_size']} bytes, {options['repetitions']} repetitions of "
        f"{options['seconds']:g} s each."
    ]


def _goals(goals) -> list[str]:
    rows = [
        [goal["goal"], goal["wanted"], goal["measured"], "met" if goal["is_met"] else "**not met**"]
        for goal in goals
    ]
    return _table(["Goal", "Wanted", "Measured", "Outcome"], rows, numbers=False)


def _bounds(goals) -> list[str]:
    return [f"- {sentence}" for sentence in dict.fromkeys(g["bound"] for g in goals if g["bound"])]


def _stores(records) -> list[str]:
    first, *batched = records[0]["stored"]
    titles = ["Messages a second", first["how"], *(f"{way['waiting']} waiting" for way in batched)]
    rows = [[r["target"], *(f"{way['per_s']:,.0f}" for way in r["stored"])] for r in records]
    return _table(titles, rows)


def _hops(hops) -> list[str]:
    return [
        f"To dispatch an event costs {hops['inherited_us']:.0f} µs as Channels has it, with a hop "
        f"to the database's thread, and {hops['own_us']:.1f} µs as the finished app has it."
    ]
