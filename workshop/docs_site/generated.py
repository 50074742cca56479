"""The pages that are generated from data when the site is built."""

from pathlib import Path

from workshop.docs_site.pages import notebook_pages, pitfall_pages, slides, speaker_pages


def pages(root: Path) -> dict[str, str]:
    """Return {path under docs/: Markdown} of every generated page."""
    written = pitfall_pages.pages(root) | notebook_pages.pages(root)
    return written | slides.pages(root) | speaker_pages.pages(root)
