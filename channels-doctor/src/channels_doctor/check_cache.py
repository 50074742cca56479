"""Caches the findings of `manage.py check` until one of the project's or doctor's files changes."""

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from channels_doctor import __version__
from channels_doctor.static.folders import SKIPPED

ENDINGS = (".py", ".html", ".js", ".toml", ".txt", ".lock", ".env", ".yml", ".yaml", "Procfile")
MOST = 20_000  # files
IGNORED = {"_", "OLDPWD", "PWD", "SHLVL", "RUN_MAIN", "COLUMNS", "LINES"}  # variables


def cached(folder: Path, settings: str, examine: Callable[[], list[dict]]) -> list[dict]:
    """Return the result of `examine`, or of its last call if nothing has changed since then.

    It is stored in the system's folder for temporary files, never in the project.
    """
    file = _file(folder, settings)
    key = _key(folder, settings)
    known = _read(file)
    if known.get("key") == key:
        return known["found"]
    found = examine()
    _write(file, {"key": key, "found": found})
    return found


def _file(folder: Path, settings: str) -> Path:
    name = hashlib.sha256(f"{os.path.realpath(folder)} {settings}".encode()).hexdigest()[:24]
    user = getattr(os, "getuid", lambda: "")()
    return Path(tempfile.gettempdir(), f"channels-doctor-{user}", f"{name}.json")


def _key(folder: Path, settings: str) -> str:
    """Return a digest of everything that the findings depend on: files, packages and variables."""
    digest = hashlib.sha256(f"{__version__} {sys.executable} {settings}".encode())
    for name, value in sorted(os.environ.items()):
        if name not in IGNORED:
            digest.update(f"{name}={value}\n".encode(errors="replace"))
    for path, changed, size in [*_files(Path(__file__).parent), *_files(folder), *_packages()]:
        digest.update(f"{path} {changed} {size}\n".encode(errors="replace"))
    return digest.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Yield (path, modification time, size) of the relevant files in `folder`."""
    count = 0
    waiting = [str(folder)]
    while waiting:
        try:
            entries = sorted(os.scandir(waiting.pop()), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in SKIPPED and not entry.name.startswith("."):
                    waiting.append(entry.path)
            elif entry.name.endswith(ENDINGS) and count < MOST:
                count += 1
                status = entry.stat(follow_symlinks=False)
                yield entry.path, status.st_mtime_ns, status.st_size


def _packages() -> Iterator[tuple[str, int, int]]:
    """Yield the folders that packages are installed in, which change with each installation."""
    for path in sys.path:
        if path.endswith(("site-packages", "dist-packages")) and os.path.isdir(path):
            yield path, os.stat(path).st_mtime_ns, 0


def _read(file: Path) -> dict:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(file: Path, known: dict) -> None:
    """Write the whole file or nothing. An unwritable folder is ignored."""
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        new = file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(known), encoding="utf-8")
        os.replace(new, file)
    except OSError:
        return
