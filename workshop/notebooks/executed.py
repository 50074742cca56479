"""The notebooks with their outputs: executed once for all who show them, until they change."""

import hashlib
import sys
from pathlib import Path

import nbformat

from workshop import course
from workshop.lock import exclusive
from workshop.notebooks import execution, files


def executed(notebook: course.Notebook, root: Path = course.ROOT) -> Path:
    """Return a file that holds `notebook` with its outputs; the one in notebooks/ stays as it is.

    Raises WorkshopError where a cell fails.
    """
    place = root / ".workshop" / "executed"
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{notebook.slug}-{_digest(notebook, root)}.ipynb"
    with exclusive(place / f"{notebook.slug}.lock", f"Another command executes {notebook.slug}"):
        if not path.is_file():
            for old in place.glob(f"{notebook.slug}-*.ipynb"):
                old.unlink()
            played = files.read(notebook.path)
            execution.execute(played, notebook.path.parent)
            nbformat.write(played, path)
    return path


def _digest(notebook: course.Notebook, root: Path) -> str:
    """Return what tells apart all that a notebook's outputs depend on."""
    folders = [root / "notebooks" / "lab", *sorted((root / "steps").glob("0*"))]
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    paths += [notebook.path, root / "requirements" / "run.txt"]
    digest = hashlib.sha256(sys.version.encode())
    for path in paths:
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]
