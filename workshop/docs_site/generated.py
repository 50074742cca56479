"""The pages that are written from data when the site is built."""

from pathlib import Path

from workshop.docs_site import notebook_pages, pitfall_pages, slides


def pages(root: Path) -> dict[str, str]:
    """Return the Markdown of every generated page, by its path below docs/."""
    return pitfall_pages.pages(root) | notebook_pages.pages(root) | slides.pages(root)
