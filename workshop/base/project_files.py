"""The files that matter in a checkpoint or in a learner's folder."""

import codecs
import os
import re
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
PROGRESS = ".workshop.json"  # the learner's progress, in their own folder
SHORTCUT = "workshop.py"  # makes `python3 -m workshop` work there
FILES = {".env", ".DS_Store", "Thumbs.db", PROGRESS, SHORTCUT}
ENDINGS = (".pyc", ".pyo", ".sqlite3", ".sqlite3-journal", ".sqlite3-shm", ".sqlite3-wal", ".swp")

MOST_OF = 0.9  # the share of bytes that must look like it


def is_ignored(path: str) -> bool:
    """Return whether `path` (with "/" as separator) is a cache, a database or a private file."""
    *folders, name = path.split("/")
    is_progress = name.startswith(PROGRESS)  # or the fresh copy that's about to replace it
    ignored = name in FILES or is_progress or name.endswith(ENDINGS)
    return ignored or not FOLDERS.isdisjoint(folders)


def files(folder: Path) -> dict[str, Path]:
    """Return {relative path: file} of the files in `folder` that matter, in sorted order."""
    found = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - FOLDERS)
        for name in names:
            path = Path(place, name)
            inside = path.relative_to(folder).as_posix()
            if not is_ignored(inside):
                found[inside] = path
    return dict(sorted(found.items()))


def is_utf_16(data: bytes) -> bool:
    """Return whether `data` is UTF-16, as written by Notepad's "Unicode" or PowerShell's `>`."""
    start = data[:200]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    for zeros, letters in ((start[::2], start[1::2]), (start[1::2], start[::2])):
        readable = re.findall(rb"[\t\r\n -~]", letters)
        if zeros and letters and zeros.count(0) >= MOST_OF * len(zeros):
            if len(readable) >= MOST_OF * len(letters):
                return True  # like plain English without a byte order mark
    return False


def text_of(data: bytes) -> str | None:
    """Return the text in `data` without a byte order mark, or None if it isn't text."""
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
