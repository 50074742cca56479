"""Inserts the tables of a measured run. A file in docs/figures/ has them as Markdown."""

import json
from pathlib import Path

from workshop.docs_site.sources import NotFound

FIGURES = Path("docs", "figures")


def load(root: Path, what: str) -> list[str]:
    """Return the results of `python3 -m workshop load` for one kind of measurement, as Markdown.

    `what` is a kind of measurement, or "machine", "ceiling", "goals", "growth" … Raises NotFound.
    """
    return _table(root, "load.json", what)


def layers(root: Path, what: str) -> list[str]:
    """Return the results of `python3 -m workshop layers` of one kind, as Markdown.

    `what` is a kind of result, or "machine", "missing", "speed", "releases". Raises NotFound.
    """
    return _table(root, "layers.json", what)


def _table(root: Path, name: str, what: str) -> list[str]:
    tables = json.loads((root / FIGURES / name).read_text(encoding="utf-8"))["tables"]
    if what not in tables:
        raise NotFound(f"{FIGURES / name} holds nothing about {what}")
    return tables[what]
