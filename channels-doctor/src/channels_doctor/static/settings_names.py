"""Finds the settings of a project if manage.py and asgi.py don't name them."""

import re
from collections.abc import Iterator
from pathlib import Path

from channels_doctor.static.folders import around, depth_first

NAMED = re.compile(r"DJANGO_SETTINGS_MODULE[\"']?\s*[=:,]\s*[\"']?([A-Za-z_][\w.]*)")
NAMES_THEM = ("*Dockerfile*", "*compose*.y*ml", "Procfile", ".env*", "*.env", "*.sh", "*.service")
FOR_TESTS = ("pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini")
OF_TESTS = re.compile(r"(?:^|[._])(?:tests?|testing|ci)$")
SETTINGS = ("settings.py", "settings/*.py")
APPS = re.compile(r"^\s*INSTALLED_APPS\b", re.M)
STARS = re.compile(r"^\s*from\s+[\w.]+\s+import\s+\*", re.M)
USUAL = ("dev", "develop", "development", "local", "prod", "production", "base", "common")
DEEPEST = 3


def guessed(folder: Path, given: Path) -> str:
    """Return the settings named by a container, script or test, or else the only ones, or ""."""
    for kinds in (NAMES_THEM, FOR_TESTS):
        names = [name for name in _named(folder, given, kinds) if _exists(folder, name)]
        names.sort(key=lambda name: bool(OF_TESTS.search(name)))
        if names:
            return names[0]
    only = list(_written(folder))
    return _dotted(only[0], _root(only[0])) if len(only) == 1 else ""


def of_package(folder: Path, package: str, given: Path) -> str:
    """Return the settings in the empty `package` that a server would use, or "".

    That's the module that a container or script names, or else one with a usual name.
    """
    inside = []
    for file in sorted(folder.joinpath(*package.split(".")).glob("*.py")):
        text = file.read_text(encoding="utf-8", errors="replace")
        if file.stem != "__init__" and (APPS.search(text) or STARS.search(text)):
            inside.append(f"{package}.{file.stem}")
    for kinds in (NAMES_THEM, FOR_TESTS):
        named = [name for name in _named(folder, given, kinds) if name in inside]
        named.sort(key=lambda name: bool(OF_TESTS.search(name)))
        if named:
            return named[0]
    usual = [f"{package}.{name}" for name in USUAL]
    fitting = [name for name in usual if name in inside]
    return next(iter([*fitting, *(inside if len(inside) == 1 else [])]), "")


def folder_of_the_only(folder: Path) -> Path | None:
    """Return the folder from which the only settings under `folder` are imported, or None."""
    roots = {_root(file) for file in _written(folder)}
    return roots.pop() if len(roots) == 1 else None


def _named(folder: Path, given: Path, kinds: tuple[str, ...]) -> Iterator[str]:
    for parent in around(folder, given):
        for file in depth_first(parent, kinds):
            text = file.read_text(encoding="utf-8", errors="replace")
            yield from NAMED.findall(text)


def _exists(folder: Path, name: str) -> bool:
    """Return whether the module `name` is in `folder`, or in `folder`'s package."""
    path = Path(*name.split("."))
    roots = [folder, *(parent for parent in folder.parents if parent.name in path.parts)]
    roots.append(folder.parent)
    ends = (path.with_suffix(".py"), path / "__init__.py")
    return any((root / end).is_file() for root in roots for end in ends)


def _written(folder: Path) -> Iterator[Path]:
    """Yield the files under `folder` that are settings with apps."""
    for file in depth_first(folder, SETTINGS, DEEPEST):
        if APPS.search(file.read_text(encoding="utf-8", errors="replace")):
            yield file


def _root(file: Path) -> Path:
    """Return the folder that contains the package of the settings `file`."""
    folder = file.parent
    while (folder / "__init__.py").is_file():
        folder = folder.parent
    return folder if folder != file.parent else file.parent.parent


def _dotted(file: Path, root: Path) -> str:
    name = ".".join(file.relative_to(root).with_suffix("").parts)
    return name.removesuffix(".__init__")
