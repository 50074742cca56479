"""How pages lead to the notebooks: executed, in JupyterLab, in the browser where it is built."""

import os
from pathlib import Path

from workshop import course
from workshop.docs_site.sources import NotFound
from workshop.notebooks import in_browser, lite_site

LITE = "lite"  # where the online site holds the notebooks for the browser
BUILD_IT = "python3 -m workshop lite --serve"


def page_of(notebook: course.Notebook) -> str:
    """Return the path below docs/ of the page of `notebook`."""
    return f"notebooks/{notebook.slug}.md"


def table(root: Path) -> list[str]:
    """Return the table of the notebooks, with their minutes and where they run."""
    rows = ["| Notebook | Minutes | Runs in a browser alone |", "|---|--:|---|"]
    for one in course.notebooks(root):
        where = "most of it" if one.browser else "no: it needs servers and Redis"
        link = f"[{one.title}](../{page_of(one)})"
        rows.append(f"| {link} (`{one.slug}`) | {one.minutes} | {where} |")
    return rows


def pointers(root: Path, page: str) -> list[str]:
    """Return a box that leads from `page`, such as "chapters/02-asgi", to its notebooks.

    Raises NotFound where course.toml names none for it.
    """
    found = [one for one in course.notebooks(root) if page in one.pages]
    if not found:
        raise NotFound(f"no notebook in course.toml names the page {page}")
    lines = ['!!! example "See it happen, cell by cell"', ""]
    for one in found:
        link = f"[{one.title}](../{page_of(one)})"
        lines.append(f"    - {link}: a notebook with all that it prints, {one.minutes} minutes.")
        lines += [f"      {way}" for way in _in_browser(one, root)]
    return lines


def ways_to_run(notebook: course.Notebook, root: Path) -> list[str]:
    """Return how to run `notebook` oneself, for its own page."""
    lines = ['!!! example "Run it yourself"', ""]
    lines.append(f"    - In JupyterLab: `python3 -m workshop notebooks {notebook.slug}`.")
    return lines + [f"    - {way}" for way in _in_browser(notebook, root)]


def built(root: Path) -> Path | None:
    """Return the folder with the notebooks for the browser that the site now being made holds.

    It is None where they are not built, and in a site that works from a file: a browser lets no
    file run Python.
    """
    return None if os.environ.get("DOCS_OFFLINE") == "true" else lite_site.built(root)


def _in_browser(notebook: course.Notebook, root: Path) -> list[str]:
    if not notebook.browser:
        return []
    if built(root):
        return [f"[Try it in the browser](../{LITE}/{in_browser.address(notebook)})."]
    return [f"In the browser, with nothing to install: `{BUILD_IT}`."]
