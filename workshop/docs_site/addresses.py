"""Finds a page's URL by the names that people use for it. Standard library only."""

import difflib
import re
from pathlib import Path

from workshop.base.errors import UsageError
from workshop.base.paths import ROOT
from workshop.course import catalog


def address_of(page: str | None, root: Path = ROOT) -> str:
    """Return the path on the site of the page with the name `page`: "03", "p01", "deploying".

    It is "" for the first page. If there is no such page, raises UsageError with the closest name.
    """
    if not page:
        return ""
    names = names_of_pages(root)
    wanted = page.strip("/").lower().removesuffix(".md")
    if wanted in names:
        return names[wanted]
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(
        f"There is no page called {page}.{guess} A page is the number of a chapter (03) or of a "
        "pitfall (p01), or a name such as setup, final, deploying, glossary or agenda."
    )


def names_of_pages(root: Path = ROOT) -> dict[str, str]:
    """Return {name: path on the site} with all names that people may use for a page."""
    from workshop.docs_site.pages import notebook_pages, pitfall_pages

    docs = root / "docs"
    sources = [path.relative_to(docs).as_posix() for path in sorted(docs.rglob("*.md"))]
    found: dict[str, str] = {}
    written = ["pitfalls/index.md", *pitfall_pages.paths(root), *notebook_pages.paths(root)]
    for source in [*sources, *written]:
        path = re.sub(r"(^|/)index$", "", source.removesuffix(".md"))
        for name in {path, path.rpartition("/")[2]} - {""}:
            found.setdefault(name.lower(), f"{path}/")
    for step in catalog.load(root):
        where = f"chapters/{step.page}/"
        short = step.slug.removeprefix(f"{step.number}-")
        names = {step.slug, short, step.number, step.number.lstrip("0")} - {""}
        found |= {name: where for name in names}
    return found
