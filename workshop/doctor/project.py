"""The project under examination: where it is, which settings it uses, which Python runs it."""

import ast
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from workshop.errors import UsageError, WorkshopError

VENVS = (".venv", "venv", "env")
NAMED_IN = ("manage.py", "*/asgi.py", "*/wsgi.py")


@dataclass(frozen=True)
class Project:
    """A Django project; `chosen` says that a person named the settings, not the project."""

    folder: Path
    settings: str
    python: str
    chosen: bool = False


def find(folder: str = ".", settings: str = "", python: str = "") -> Project:
    """Return the project in `folder`, or in the one folder below it that holds a manage.py.

    Raises UsageError where there is no such folder or Python, WorkshopError where no project or no
    settings are found.
    """
    path = Path(folder)
    if not path.is_dir():
        raise UsageError(f"There is no folder {folder}: give the one that holds manage.py.")
    path = _with_manage(path.resolve(), folder)
    name = settings or _settings_of(path)
    if not name:
        raise WorkshopError(
            f"{folder} does not say which settings it uses: name them, for example "
            "--settings mysite.settings."
        )
    return Project(path, name, _python(path, python), bool(settings))


def _with_manage(path: Path, name: str) -> Path:
    if (path / "manage.py").is_file():
        return path
    below = sorted(found.parent for found in path.glob("*/manage.py"))
    if len(below) == 1:
        return below[0]
    if below:
        names = ", ".join(found.name for found in below)
        raise WorkshopError(f"{name} holds several projects ({names}): give one of them.")
    raise WorkshopError(
        f"{name} holds no manage.py, so it is no Django project: give the folder that holds one."
    )


def _settings_of(path: Path) -> str:
    for pattern in NAMED_IN:
        for file in sorted(path.glob(pattern)):
            if name := named_settings(file):
                return name
    return ""


def named_settings(file: Path) -> str:
    """Return what `file` says DJANGO_SETTINGS_MODULE is by default, or ""."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return ""
    for node in ast.walk(tree):
        texts = []
        if isinstance(node, ast.Call):
            texts = [one.value for one in node.args if isinstance(one, ast.Constant)]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            pair = (node.targets[0].slice, node.value)
            texts = [one.value for one in pair if isinstance(one, ast.Constant)]
        if len(texts) == 2 and texts[0] == "DJANGO_SETTINGS_MODULE":
            return str(texts[1])
    return ""


def _python(path: Path, chosen: str) -> str:
    if chosen:
        import shutil

        found = shutil.which(chosen) or shutil.which(str(Path(chosen).absolute()))
        if not found:
            raise UsageError(f"There is no Python at {chosen}: give the path of one to --python.")
        return found
    parts = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    for name in VENVS:
        python = path.joinpath(name, *parts)
        if python.is_file():
            return str(python)
    return sys.executable
