"""The program in the wheel, `uvx channels-workshop`, which works in a copy in the current folder.

Standard library only. The wheel bundles the whole workshop. The copy keeps its environment and its
state next to it, so nothing is left anywhere else.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

BUNDLE = Path(__file__).resolve().parents[1]
STATE = ".channels-workshop"
NOT_COPIED = shutil.ignore_patterns("__pycache__")
COMMAND = "uvx channels-workshop"


def main() -> None:
    """Run the command line in this version's copy, which the first call creates."""
    state = place(Path.cwd())
    copy = state / version("channels-workshop")
    unpack(copy)
    command = [sys.executable, str(copy / "workshop"), *sys.argv[1:]]
    ours = {"WORKSHOP_COMMAND": COMMAND, "WORKSHOP_PROJECTS": str(state.parent)}
    environment = {**os.environ, **ours}
    if os.name != "nt":
        os.execve(command[0], command, environment)
    try:
        sys.exit(subprocess.run(command, env=environment).returncode)
    except KeyboardInterrupt:
        sys.exit(130)


def place(folder: Path) -> Path:
    """Return the folder for the copies: an existing one in or above `folder`, or a new one."""
    for parent in (folder, *folder.parents):
        if (parent / STATE).is_dir():
            return parent / STATE
    return folder / STATE


def unpack(copy: Path) -> None:
    """Create `copy` from the bundle, completely or not at all, unless it exists."""
    if copy.is_dir():
        return
    copy.parent.mkdir(exist_ok=True)
    (copy.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    with tempfile.TemporaryDirectory(dir=copy.parent) as fresh:
        shutil.copytree(BUNDLE, Path(fresh, "copy"), ignore=NOT_COPIED)
        try:
            Path(fresh, "copy").rename(copy)
        except OSError:
            if not copy.is_dir():  # another call was faster
                raise
