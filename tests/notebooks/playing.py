"""Runs a notebook as a person would, once for all tests that check it."""

import json
import tempfile
import uuid
from pathlib import Path

import nbformat
import psutil
from promises import SOLUTION

from workshop.base.errors import WorkshopError
from workshop.base.lock import exclusive
from workshop.base.paths import ROOT
from workshop.notebooks import executed, execution, files

NO_REDIS = f"""
import os, sys
sys.path.append({str(ROOT)!r})
os.environ.pop("REDIS_URL", None)
from workshop.services import redis_binary
redis_binary.find_server = lambda *arguments, **options: None
"""


class Played:
    """What one kernel did: `first` as committed, `second` with the solutions added as cells."""

    def __init__(self, folder):
        facts = json.loads((folder / "facts.json").read_text("utf-8"))
        assert "error" not in facts, facts["error"]
        self.processes = facts["processes"]
        self.files = facts["files"]
        self.first = files.read(folder / "first.ipynb")
        self.second = files.read(folder / "second.ipynb")


def played(notebook, shared):
    """Return the results of playing `notebook` twice in one kernel. All workers share them."""
    return Played(play_once(notebook, shared))


def play_once(notebook, shared):
    """Play `notebook` unless another worker has. Returns the folder with the results."""
    folder = shared / f"played-{notebook.slug}"
    with exclusive(shared / f"{notebook.slug}.lock", "Another worker plays this notebook"):
        if not folder.exists():
            folder.mkdir()
            try:
                with executed.locked(notebook):
                    facts = _play(notebook, folder)
            except WorkshopError as error:
                facts = {"error": str(error)}  # the other tests need not wait for it again
            (folder / "facts.json").write_text(json.dumps(facts), "utf-8")
    return folder


def without_redis(notebook):
    """Return `notebook` played on a machine without Redis."""
    played = files.read(notebook.path)
    played.cells.insert(0, nbformat.v4.new_code_cell(NO_REDIS, id="no-redis"))
    execution.execute(played, notebook.path.parent)
    return played


def with_solutions(notebook):
    """Return a copy of `notebook` in which every exercise is followed by its solution."""
    cells = []
    for cell in notebook.cells:
        solution = SOLUTION.search(cell.source) if cell.cell_type == "markdown" else None
        cells.append(cell)
        if solution:
            cells.append(nbformat.v4.new_code_cell(solution["code"], id=f"{cell.id}-solution"))
            cells.append(nbformat.v4.new_markdown_cell(solution["text"], id=f"{cell.id}-seen"))
    return nbformat.from_dict({**notebook, "cells": cells})


def _play(notebook, folder):
    mark = uuid.uuid4().hex
    first = files.read(notebook.path)
    second = with_solutions(files.read(notebook.path))
    before = _files()
    with tempfile.TemporaryDirectory() as temporary:
        places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)
        with execution.kernel(notebook.path.parent, NOTEBOOK_TEST=mark, **places) as run:
            run(first)
            executed.keep(notebook, first)  # the docs need not execute it again
            run(second)
        left = [path.name for path in Path(temporary).iterdir()]
    nbformat.write(first, folder / "first.ipynb")
    nbformat.write(second, folder / "second.ipynb")
    return {
        "processes": _processes(mark),
        "files": left + sorted(_files() - before),
    }


def _files():
    """Return the contents of the folders that the notebooks read, except Python's caches."""
    folders = (ROOT / "notebooks", ROOT / "steps" / "03-consumer", ROOT / "steps" / "04-redis")
    found = {str(path) for folder in folders for path in folder.rglob("*")}
    return {path for path in found if "__pycache__" not in path}


def _processes(mark):
    """Return the command lines of the processes started with this `mark`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("NOTEBOOK_TEST") == mark:
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found
