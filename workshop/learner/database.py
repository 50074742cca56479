"""The database in a learner's folder: keep a copy, and check if another step can use it."""

import contextlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.project_files import files
from workshop.course.catalog import Checkpoint

NAME = "db.sqlite3"
BESIDE = ("-journal", "-shm", "-wal")  # what SQLite may leave next to it
SCRIPT = Path(__file__).with_name("running") / "fitting_script.py"


def is_filled(folder: Path) -> bool:
    """Return whether `folder` contains a database with anything in it."""
    path = folder / NAME
    return path.is_file() and path.stat().st_size > 0


def paths(folder: Path) -> list[Path]:
    """Return the files of the database in `folder`."""
    return [path for end in ("", *BESIDE) if (path := folder / f"{NAME}{end}").is_file()]


def copy(folder: Path, target: Path) -> None:
    """Copy `folder`'s database to the folder `target`, safely even while a server uses it."""
    try:
        with (
            contextlib.closing(_opened(folder / NAME)) as source,
            contextlib.closing(sqlite3.connect(target / NAME)) as fresh,
        ):
            source.backup(fresh)
    except sqlite3.Error:  # no database, or a broken one
        for path in paths(folder):
            shutil.copy2(path, target)


def fits(folder: Path, step: Checkpoint) -> bool:
    """Return whether `migrate` turns the database of `folder` into one that `step` can use.

    This is tried on a copy.
    """
    with tempfile.TemporaryDirectory(prefix="workshop-database-") as name:
        trial = Path(name)
        for inside, source in files(step.folder).items():
            (trial / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, trial / inside)
        copy(folder, trial)
        done = subprocess.run(
            [sys.executable, str(SCRIPT)],
            cwd=trial,
            env=child_environment(PYTHONDONTWRITEBYTECODE="1"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    return done.returncode == 0


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
