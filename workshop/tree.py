"""The files of a checkpoint or of a learner's folder that are worth looking at."""

import os
from pathlib import Path

FOLDERS = {
    "__pycache__",
    ".git",
    ".idea",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    ".vscode",
    "env",
    "node_modules",
    "venv",
}
PROGRESS = ".workshop.json"  # how far a learner has come, in their own folder
FILES = {".env", ".DS_Store", "Thumbs.db", PROGRESS}
ENDINGS = (".pyc", ".pyo", ".sqlite3", ".sqlite3-journal", ".sqlite3-shm", ".sqlite3-wal", ".swp")


def is_ignored(path: str) -> bool:
    """Return whether `path` ("/" between its parts) is a cache, a database or a private file."""
    *folders, name = path.split("/")
    return name in FILES or name.endswith(ENDINGS) or not FOLDERS.isdisjoint(folders)


def files(folder: Path) -> dict[str, Path]:
    """Return the files below `folder` that count, by their path inside it, sorted."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - FOLDERS)
        for name in names:
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            if not is_ignored(inside):
                found[inside] = path
    return dict(sorted(found.items()))


def text_of(data: bytes) -> str | None:
    """Return the text that `data` is, or None where it is something else."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
