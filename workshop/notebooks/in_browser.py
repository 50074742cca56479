"""Adapt a notebook for Python in the browser."""

import nbformat

from workshop.course import catalog

TAG = "not-in-browser"
LEFT_OUT = (
    "*This part needs threads, sockets or Redis, which browsers don't have, so it's left out here. "
    "`python3 -m workshop notebooks` shows it.*"
)
KERNEL = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}


def address(notebook: catalog.Notebook) -> str:
    """Return the path of `notebook` on the built site."""
    return f"lab/index.html?path=notebooks/{notebook.path.name}"


def for_browser(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return `notebook` with a note in place of the cells that can't run in a browser."""
    cells: list[nbformat.NotebookNode] = []
    for cell in notebook.cells:
        if TAG not in cell.metadata.get("tags", []):
            cells.append(cell)
        elif cells[-1].source != LEFT_OUT:
            cells.append(nbformat.v4.new_markdown_cell(LEFT_OUT, id=f"no-{cell.id}"))
    metadata = {**notebook.metadata, "kernelspec": KERNEL}
    return nbformat.from_dict({**notebook, "cells": cells, "metadata": metadata})
