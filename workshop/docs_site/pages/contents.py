"""The generated parts of the navigation: chapters, notebooks, pitfalls."""

from pathlib import Path

from workshop.course import catalog
from workshop.docs_site.pages import notebook_links


def filled(nav: list, root: Path) -> list:
    """Return `nav` with the pages that come from the course and the registry of pitfalls."""
    first = {"Tutorial": chapters, "Troubleshooting": troubleshooting}
    last = {"Tutorial": notebooks, "Troubleshooting": pitfalls}
    done = []
    for entry in nav:
        [(title, pages)] = entry.items()
        before = first[title](root) if title in first else []
        below = last[title](root) if title in last else []
        done.append({title: [*before, *pages, *below]})
    return done


def chapters(root: Path) -> list:
    """Return the chapters' pages in the course's order, with the page that comes before ASGI."""
    pages = [{step.heading: f"chapters/{step.page}.md"} for step in catalog.load(root)]
    return ["chapters/index.md", *pages[:1], "chapters/async.md", *pages[1:]]


def notebooks(root: Path) -> list:
    """Return the pages of the notebooks."""
    books = catalog.notebooks(root)
    return [{"Notebooks": [{book.title: notebook_links.page_of(book)} for book in books]}]


def troubleshooting(root: Path) -> list:
    """Return the index of the pitfalls, where troubleshooting begins."""
    return ["pitfalls/index.md"]


def pitfalls(root: Path) -> list:
    """Return a page for each pitfall."""
    from workshop.docs_site.pages import pitfall_pages

    return [{"Pitfalls": pitfall_pages.paths(root)}]
