"""The versions that a project pins, in requirements, pyproject.toml, Pipfile and lock files."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from channels_doctor.static.folders import depth_first

PACKAGES = ("django", "channels", "channels_redis", "redis", "daphne", "uvicorn", "celery")
FILES = (
    "requirements*.txt",
    "req.txt",
    "*requirements.txt",
    "*requirements.in",
    "constraints*.txt",
)
LOCKS = ("poetry.lock", "uv.lock", "pdm.lock")
PIPENV = "Pipfile.lock"
ENVIRONMENTS = (".venv", "venv", "env")
INSTALLED = ("lib/python*/site-packages", "Lib/site-packages")
LINE = re.compile(
    r"^\s*(?P<name>[A-Za-z][\w.-]*)\s*(?P<extras>\[[\w\s,.-]*\])?\s*(?P<version>[=<>~!^].*?)?\s*(?:;.*|#.*)?$"
)
NUMBER = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True)
class Pin:
    """A project's requirement for one package. `exact` is the version if it's pinned."""

    name: str
    exact: str = ""
    lowest: str = ""
    below: str = ""
    extras: str = ""

    def allows(self, version: str) -> bool:
        """Return whether `version` is one that it allows."""
        found = numbers(version)
        if self.exact:
            return found[: len(numbers(self.exact))] == numbers(self.exact)
        if self.below and found >= numbers(self.below):
            return False
        return not self.lowest or found >= numbers(self.lowest)

    def is_below(self, *version: int) -> bool:
        """Return whether every version that it allows is lower than `version`."""
        if self.exact:
            return numbers(self.exact) < version
        return bool(self.below) and numbers(self.below) <= version

    def is_at_least(self, *version: int) -> bool:
        """Return whether every version that it allows is `version` or higher."""
        known = self.exact or self.lowest
        return bool(known) and numbers(known) >= version


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of `version`: (4, 3, 2) of "4.3.2"."""
    found = NUMBER.match(version)
    return tuple(map(int, found[0].split("."))) if found else ()


def pins(folders: list[Path]) -> dict[str, Pin]:
    """Return what the requirement files in `folders` say about the relevant packages."""
    found: dict[str, Pin] = {}
    for folder in folders:
        for pin in _of_folder(folder):
            known = found.get(pin.name)
            if known is None or (pin.exact and not known.exact):
                found[pin.name] = pin
    return found


def _of_folder(folder: Path) -> Iterator[Pin]:
    for file in depth_first(folder, FILES):
        yield from _of_lines(_text(file))
    for name in LOCKS:
        yield from _of_lock(folder / name)
    yield from _of_pipenv(_text(folder / PIPENV))
    yield from _of_pyproject(folder / "pyproject.toml")
    yield from _of_pipfile(folder / "Pipfile")
    for name in ("setup.cfg", "setup.py"):
        yield from _of_lines(_text(folder / name).replace('"', "\n").replace("'", "\n"))
    yield from _of_environment(folder)


def _of_environment(folder: Path) -> Iterator[Pin]:
    """Yield what's installed in an environment in `folder`, or in `folder` if it is one."""
    for environment in (folder, *(folder / name for name in ENVIRONMENTS)):
        if not (environment / "pyvenv.cfg").is_file():
            continue
        for pattern in INSTALLED:
            for path in sorted(environment.glob(f"{pattern}/*.dist-info")):
                name, _, version = path.name.removesuffix(".dist-info").partition("-")
                if pin := _pin(name, f"=={version}"):
                    yield pin


def _text(file: Path) -> str:
    try:
        raw = file.read_bytes()
    except OSError:
        return ""
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return raw.decode(encoding, errors="replace")


def _of_lines(text: str) -> Iterator[Pin]:
    for line in text.splitlines():
        found = LINE.match(line)
        if found and (pin := _pin(found["name"], found["version"] or "", found["extras"] or "")):
            yield pin


def _pin(name: str, version: str, extras: str = "") -> Pin | None:
    name = name.lower().replace("-", "_").replace(".", "_")
    if name not in PACKAGES:
        return None
    exact = lowest = below = ""
    for part in re.split(r"[,\s]+(?=[=<>~!^])", version):
        number = NUMBER.search(part)
        if number is None:
            continue
        if part.startswith("==") and "*" not in part:
            exact = number[0]
        elif part.startswith((">=", "~=", "^", ">", "==")):
            lowest = number[0]
            below = below or _next(part, number[0])
        elif part.startswith("<"):
            below = number[0]
    return Pin(name, exact, lowest, below, extras)


def _next(part: str, number: str) -> str:
    """Return the first version that a compatible-release requirement excludes, or ""."""
    parts = list(numbers(number))
    if part.startswith(("^", "~=")) or "*" in part:
        kept = parts[:1] if part.startswith("^") or "*" in part else parts[:-1] or parts
        return ".".join(map(str, [*kept[:-1], kept[-1] + 1]))
    return ""


def _toml(file: Path) -> dict:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError:
        return {}


def _of_lock(file: Path) -> Iterator[Pin]:
    for package in _toml(file).get("package", []):
        if pin := _pin(str(package.get("name", "")), f"=={package.get('version', '')}"):
            yield pin


def _of_pipenv(text: str) -> Iterator[Pin]:
    try:
        document = json.loads(text) if text else {}
    except ValueError:
        return
    for name in ("default", "develop"):
        yield from _of_table(document.get(name, {}))


def _of_pyproject(file: Path) -> Iterator[Pin]:
    document = _toml(file)
    project = document.get("project", {})
    lists = [project.get("dependencies", []), *project.get("optional-dependencies", {}).values()]
    lists += list(document.get("dependency-groups", {}).values())
    for line in (line for lines in lists for line in lines if isinstance(line, str)):
        yield from _of_lines(line)
    poetry = document.get("tool", {}).get("poetry", {})
    groups = [poetry, *poetry.get("group", {}).values()]
    for group in groups:
        yield from _of_table(group.get("dependencies", {}))


def _of_pipfile(file: Path) -> Iterator[Pin]:
    document = _toml(file)
    for name in ("packages", "dev-packages"):
        yield from _of_table(document.get(name, {}))


def _of_table(table: dict) -> Iterator[Pin]:
    for name, demand in table.items():
        version = demand.get("version", "") if isinstance(demand, dict) else str(demand)
        version = f"=={version}" if version[:1].isdigit() else version
        extras = str(demand.get("extras", "")) if isinstance(demand, dict) else ""
        if pin := _pin(name, version, extras):
            yield pin
