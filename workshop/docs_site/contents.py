"""The navigation's parts that follow from data: chapters, tour, notebooks, pitfalls."""

from pathlib import Path

from workshop import course, teaching
from workshop.docs_site import notebook_links


def filled(nav: list, root: Path) -> list:
    """Return `nav` with its empty parts filled, and the notebooks below the concepts."""
    parts = {"Build it": chapters, "The tour": tour, "Pitfalls": pitfalls}
    done = []
    for entry in nav:
        [(title, pages)] = entry.items()
        below = [{"Notebooks": notebooks(root)}] if title == "Concepts" else []
        done.append({title: [*(pages or parts[title](root)), *below]})
    return done


def chapters(root: Path) -> list:
    """Return the chapters' pages, in the order of the course."""
    numbered = [one for one in course.load(root) if one.number]
    pages = [{f"{one.number} {one.title}": f"chapters/{one.slug}.md"} for one in numbered]
    return ["chapters/index.md", *pages]


def tour(root: Path) -> list:
    """Return the pages of the tour of the finished app."""
    return ["tour/index.md", *(f"tour/{one.slug}.md" for one in teaching.load(root).tour)]


def notebooks(root: Path) -> list:
    """Return the pages of the notebooks."""
    return [{one.title: notebook_links.page_of(one)} for one in course.notebooks(root)]


def pitfalls(root: Path) -> list:
    """Return the index of the pitfalls and a page for each."""
    from workshop.docs_site import pitfall_pages

    return ["pitfalls/index.md", *pitfall_pages.paths(root)]
