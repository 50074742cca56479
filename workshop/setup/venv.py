"""The workshop's own Python environments. Standard library only."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.setup import installer


def choose(root: Path) -> Path:
    """Return the folder for this Python's environment under `root`, which may not exist yet.

    It's `.venv`, or something like `.venv-3.13` if that belongs to another Python, so that both can
    be used.
    """
    mine = sys.version_info[:2]
    venv = root / ".venv"
    if _version(venv) in (None, mine):
        return venv
    return root / ".venv-{}.{}".format(*mine)


def make(venv: Path) -> None:
    """Create the environment `venv`, or recreate it if it's incomplete or broken."""
    if is_made(venv) and _works(python_of(venv)):
        return
    installer.progress(f"the Python environment {venv.name}")
    if venv.exists():
        shutil.rmtree(venv)
    base = getattr(sys, "_base_executable", None) or sys.executable
    done = subprocess.run(  # without pip, this works even without Debian's python3-venv
        [base, "-m", "venv", "--without-pip", str(venv)],
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise WorkshopError(
            f"Python couldn't create {venv.name} ({reason[-1]}): on Debian or Ubuntu "
            "`sudo apt install python3-venv`, then run the same command again."
        )


def is_made(venv: Path) -> bool:
    """Return whether the folder `venv` contains an environment with a Python."""
    return _version(venv) is not None


def python_of(venv: Path) -> Path:
    """Return the path of the Python in the environment `venv`."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _version(venv: Path) -> tuple[int, int] | None:
    """Return the Python version of `venv`, or None if it's missing or incomplete."""
    cfg = venv / "pyvenv.cfg"
    if not (cfg.is_file() and python_of(venv).exists()):
        return None
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", cfg.read_text("utf-8"), re.M)
    return (int(found[1]), int(found[2])) if found else None


def _works(python: Path) -> bool:
    try:
        return subprocess.run([str(python), "-c", "import encodings"], timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
