"""Finds the Python that runs the project, from uv, poetry, a `.venv` or elsewhere."""

import base64
import hashlib
import os
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from channels_doctor.errors import InvalidArgument
from channels_doctor.static.folders import repository

VENVS = (".venv", "venv", "env")
PARTS = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")


def find(project: Path, given: Path, chosen: str) -> tuple[str, bool]:
    """Return the `project`'s Python, and whether it's borrowed from the doctor.

    It is the `chosen` one, or else that of an environment in the project's folder, in the `given`
    folder or above them, poetry's, or the active one. Raises InvalidArgument if `chosen` doesn't
    exist.
    """
    if chosen:
        return _named(chosen), False
    for python in _environments(project, given):
        if python.is_file():
            return str(python), False
    return sys.executable, True


def _named(chosen: str) -> str:
    found = shutil.which(chosen) or shutil.which(str(Path(chosen).absolute()))
    if not found:
        raise InvalidArgument(f"There is no Python at {chosen}: pass another path to --python.")
    return found


def _environments(project: Path, given: Path) -> Iterator[Path]:
    """Yield where the project's own Python could be, most likely first."""
    folders = list(_folders(project, given))
    chosen = os.environ.get("UV_PROJECT_ENVIRONMENT", "")
    for folder in folders:
        for name in (chosen, *VENVS) if chosen else VENVS:
            yield folder.joinpath(name, *PARTS)
    for folder in folders:
        yield from _of_poetry(folder)
    if active := os.environ.get("VIRTUAL_ENV", ""):
        yield Path(active).joinpath(*PARTS)


def _folders(project: Path, given: Path) -> Iterator[Path]:
    """Yield the project's folder and those above it, up to its repository or the given one."""
    top = repository(project)
    tops = {top, given} if top != project else {given, project}
    highest = min(tops, key=lambda path: len(path.parts))
    for folder in (project, *project.parents):
        yield folder
        if folder == highest or highest not in folder.parents:
            return


def _of_poetry(folder: Path) -> Iterator[Path]:
    """Yield the environments that poetry keeps for `folder` in its cache."""
    try:
        document = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return
    name = document.get("tool", {}).get("poetry", {}).get("name", "")
    name = name or document.get("project", {}).get("name", "")
    if not name:
        return
    digest = hashlib.sha256(os.path.normcase(folder).encode()).digest()
    mark = base64.urlsafe_b64encode(digest).decode()[:8]
    pattern = f"{name.lower().replace('_', '-')}-{mark}-py*"
    cache = Path(os.environ.get("POETRY_CACHE_DIR", Path.home() / ".cache" / "pypoetry"))
    for environment in sorted((cache / "virtualenvs").glob(pattern)):
        yield environment.joinpath(*PARTS)
