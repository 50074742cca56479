"""The tables of a measured run on a page: docs/figures/load.json holds them as Markdown."""

import json
from pathlib import Path

from workshop.docs_site.sources import NotFound

FILE = Path("docs", "figures", "load.json")


def load(root: Path, what: str) -> list[str]:
    """Return what `python3 -m workshop load` has measured of one kind, as Markdown.

    `what` is a kind of measurement, or "machine", "ceiling", "goals", "growth" … Raises NotFound.
    """
    tables = json.loads((root / FILE).read_text(encoding="utf-8"))["tables"]
    if what not in tables:
        raise NotFound(f"{FILE} holds nothing about {what}")
    return tables[what]
