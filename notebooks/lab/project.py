"""A copy of a step's project, to make mistakes in."""

import itertools
import shutil
from pathlib import Path

from lab import session

COUNT = itertools.count(1)
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "db.sqlite3*")


def project(checkpoint: str, path: str = "", old: str = "", new: str = "") -> Path:
    """Return a copy of `checkpoint` in which `old`, in the file at `path`, has become `new`.

    The copy goes when the kernel ends. Raises ValueError if `old` does not stand there once.
    """
    copy = session.folder() / f"{checkpoint}-{next(COUNT)}"
    shutil.copytree(session.ROOT / "steps" / checkpoint, copy, ignore=LEFT_BY_RUNNING)
    if path:
        text = (copy / path).read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{path} of {checkpoint} holds {old!r} {text.count(old)} times.")
        (copy / path).write_text(text.replace(old, new), encoding="utf-8")
    return copy
