"""Execute each notebook once, and cache its outputs until its dependencies change."""

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from workshop.base.lock import exclusive
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.notebooks import execution, files
from workshop.services.redis_binary import find_server

NOT_READ = (".pyc", ".sqlite3")  # made by running


def executed(notebook: catalog.Notebook, root: Path = ROOT) -> Path:
    """Return a file with `notebook` and its outputs. The one in notebooks/ stays unchanged.

    Raises WorkshopError if a cell fails.
    """
    with locked(notebook, root):
        path = kept(notebook, root)
        if not path:
            played = files.read(notebook.path)
            execution.execute(played, notebook.path.parent)
            path = keep(notebook, played, root)
    return path


def execute_all(root: Path = ROOT) -> None:
    """Execute every notebook without cached outputs, all in parallel, because they mostly wait.

    Raises WorkshopError if a cell fails.
    """
    notebooks = catalog.notebooks(root)
    with ThreadPoolExecutor(max(1, len(notebooks))) as pool:
        for _ in pool.map(lambda notebook: executed(notebook, root), notebooks):
            pass


def kept(notebook: catalog.Notebook, root: Path = ROOT) -> Path | None:
    """Return the file with the cached outputs of the current `notebook`, or None."""
    path = _path(notebook, root)
    return path if path.is_file() else None


def keep(notebook: catalog.Notebook, played: nbformat.NotebookNode, root: Path = ROOT) -> Path:
    """Cache `played`, which is `notebook` with its outputs, and delete older outputs."""
    path = _path(notebook, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    for old in path.parent.glob(f"{notebook.slug}-*.ipynb"):
        old.unlink()
    fresh = path.with_suffix(".new")
    nbformat.write(played, fresh)
    fresh.replace(path)
    return path


@contextlib.contextmanager
def locked(notebook: catalog.Notebook, root: Path = ROOT) -> Iterator[None]:
    """Prevent other processes from executing `notebook` while the block runs."""
    place = _path(notebook, root).parent
    place.mkdir(parents=True, exist_ok=True)
    lock = place / f"{notebook.slug}.lock"
    with exclusive(lock, f"Waiting for another command to finish executing {notebook.slug}"):
        yield


def _path(notebook: catalog.Notebook, root: Path) -> Path:
    return root / ".workshop" / "executed" / f"{notebook.slug}-{_digest(notebook, root)}.ipynb"


def _digest(notebook: catalog.Notebook, root: Path) -> str:
    """Return a digest of everything that a notebook's outputs depend on.

    That is the notebook, the code that it calls, the checkpoints, the packages, Python itself, and
    whether there is a Redis, because some cells are skipped without it.
    """
    folders = [root / "notebooks" / "lab", *sorted((root / "steps").glob("0*"))]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    for package in ("base", "services"):
        paths += sorted((root / "workshop" / package).glob("*.py"))
    paths += [notebook.path, *(root / "requirements" / f"{name}.txt" for name in ("run", "docs"))]
    has_redis = bool(os.environ.get("REDIS_URL") or find_server(fetch=False))
    digest = hashlib.sha256(f"{sys.version} {has_redis}".encode())
    digest.update(Path(execution.__file__).read_bytes())
    for path in paths:
        if path.suffix not in NOT_READ:
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]
