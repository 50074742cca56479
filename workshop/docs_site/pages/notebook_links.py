"""Links to the notebooks: their pages, JupyterLab, and the browser build if there is one."""

import os
from pathlib import Path

from workshop.course import catalog
from workshop.docs_site.sources import NotFound
from workshop.notebooks import in_browser, lite_site

LITE = "lite"  # where the online site has the notebooks for the browser
BUILD_IT = "python3 -m workshop lite --serve"


def page_of(notebook: catalog.Notebook) -> str:
    """Return the path under docs/ of the page of `notebook`."""
    return f"notebooks/{notebook.slug}.md"


def table(root: Path) -> list[str]:
    """Return the table of the notebooks, with their minutes and where they run."""
    rows = ["| Notebook | Minutes | Runs in a browser alone |", "|---|--:|---|"]
    for notebook in catalog.notebooks(root):
        where = "most of it" if notebook.browser else "no: it needs servers and Redis"
        link = f"[{notebook.title}](../{page_of(notebook)})"
        rows.append(f"| {link} (`{notebook.slug}`) | {notebook.minutes} | {where} |")
    return rows


def pointers(root: Path, page: str) -> list[str]:
    """Return a box on `page`, such as "chapters/02-asgi", with links to its notebooks.

    Raises NotFound if course.toml names none for it.
    """
    found = [notebook for notebook in catalog.notebooks(root) if page in notebook.pages]
    if not found:
        raise NotFound(f"no notebook in course.toml names the page {page}")
    lines = ['!!! example "See it happen, cell by cell"', ""]
    for notebook in found:
        link = f"[{notebook.title}](../{page_of(notebook)})"
        text = f"a notebook with all that it prints, {notebook.minutes} minutes."
        lines.append(f"    - {link}: {text}")
        lines += [f"      {way}" for way in _in_browser(notebook, root)]
    return lines


def ways_to_run(notebook: catalog.Notebook, root: Path) -> list[str]:
    """Return the ways to run `notebook`, for its page."""
    lines = ['!!! example "Run it yourself"', ""]
    lines.append(f"    - In JupyterLab: `python3 -m workshop notebooks {notebook.slug}`.")
    return lines + [f"    - {way}" for way in _in_browser(notebook, root)]


def built(root: Path) -> Path | None:
    """Return the folder of the browser's notebooks for this site, or None.

    It's None if they aren't built, and for a site that is opened as files, because browsers can't
    run Python from files.
    """
    return None if os.environ.get("DOCS_OFFLINE") == "true" else lite_site.built(root)


def _in_browser(notebook: catalog.Notebook, root: Path) -> list[str]:
    if not notebook.browser:
        return []
    if built(root):
        return [f"[Try it in the browser](../{LITE}/{in_browser.address(notebook)})."]
    return [f"In the browser, with nothing to install: `{BUILD_IT}`."]
