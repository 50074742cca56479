"""The folders around a project: its repository, and the files that show how it's run."""

from collections.abc import Iterator
from pathlib import Path

SKIPPED = {"node_modules", "site-packages", "__pycache__", "venv", "env", "dist", "build"}
MARKS = (".git", ".hg")
DEEPEST = 2


def repository(folder: Path) -> Path:
    """Return the repository's root above `folder`, or `folder` itself."""
    for parent in (folder, *folder.parents):
        if any((parent / mark).exists() for mark in MARKS):
            return parent
    return folder


def around(folder: Path, given: Path | None = None) -> list[Path]:
    """Return `folder` and its parents, up to the repository or the `given` folder."""
    top = repository(folder)
    if given is not None and given in top.parents:
        top = given
    found = []
    for parent in (folder, *folder.parents):
        found.append(parent)
        if parent == top:
            break
    return found


def depth_first(folder: Path, patterns: tuple[str, ...], depth: int = DEEPEST) -> Iterator[Path]:
    """Yield the files that match one of `patterns` in `folder` and a few levels below."""
    for pattern in patterns:
        yield from (file for file in sorted(folder.glob(pattern)) if file.is_file())
    if not depth:
        return
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return
    for path in below:
        if path.name not in SKIPPED and not path.name.startswith(".") and not is_environment(path):
            yield from depth_first(path, patterns, depth - 1)


def is_environment(folder: Path) -> bool:
    """Return whether `folder` is a virtual environment, and not a project inside one."""
    return (folder / "pyvenv.cfg").exists() and not (folder / "manage.py").exists()
