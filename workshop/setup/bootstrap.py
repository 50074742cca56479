"""Set up what a command needs, once, then hand over to `workshop.cli` in that environment.

Standard library only, because this runs before anything is installed.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.lock import exclusive
from workshop.base.paths import ROOT
from workshop.setup import installer, offline_packages
from workshop.setup.venv import choose, is_made, make, python_of

NEEDS = {
    "test": ("run", "test"),
    "start": ("run", "learn"),  # install everything a learner needs while there's a network
    "check": ("run", "learn"),
    "hint": ("run", "learn"),
    "docs": ("run", "docs"),
    "notebooks": ("run", "lab"),
    "lite": ("run", "lite"),
    "lint": ("run", "dev"),
    "pins": ("run", "dev"),
    "pack": ("run", "docs"),
    "pictures": ("run", "test", "dev"),
    "chaos": ("run", "test"),
    "load": ("run", "test"),
    "layers": ("run", "layers"),
}
HAND_OVER = "import sys; sys.path.insert(0, sys.argv.pop(1)); from workshop import cli; cli.main()"
UNFINISHED = "unfinished"


def main(arguments: Sequence[str]) -> int:
    """Run `arguments` in the workshop's own environment, and return the exit code.

    On POSIX, this only returns if setting up failed, because the command replaces this process.
    """
    command = next((word for word in arguments if not word.startswith("-")), "")
    offline_packages.use(ROOT)
    try:
        python = prepare(NEEDS.get(command, ("run",)))
        return hand_over([str(python), "-P", "-c", HAND_OVER, str(ROOT), *arguments])
    except WorkshopError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"Setting up failed: {error.strerror}: {error.filename or ROOT}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to continue.", file=sys.stderr)
        return 130


def prepare(names: Sequence[str], root: Path = ROOT) -> Path:
    """Return the Python of an environment with requirements/NAME.txt for all `names`.

    Raises WorkshopError if it can't be created.
    """
    venv = choose(root)
    ready = [Stamp(venv, name).read() == _pins(root, name)[1] for name in names]
    if is_made(venv) and all(ready):
        return python_of(venv)
    state = root / ".workshop"
    state.mkdir(exist_ok=True)
    with exclusive(state / "setup.lock", "Another workshop command is setting up; waiting for it"):
        venv = choose(root)  # the other command has created it by now
        make(venv)
        for name in names:
            _install(venv, root, name)
    return python_of(venv)


def hand_over(command: list[str]) -> int:
    """Replace this process with `command`, or run it if that isn't possible."""
    if os.name != "nt":
        os.execve(command[0], command, child_environment())
    with subprocess.Popen(command, env=child_environment()) as child:
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue  # the child got it too, and stops on its own


class Stamp:
    """The last install from a requirements file: the file's digest, UNFINISHED or ""."""

    def __init__(self, venv: Path, name: str):
        self.path = venv / ".workshop" / name

    def read(self) -> str:
        return self.path.read_text("utf-8") if self.path.is_file() else ""

    def write(self, text: str) -> None:
        self.path.parent.mkdir(exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text, "utf-8")
        fresh.replace(self.path)


def _install(venv: Path, root: Path, name: str) -> None:
    """Install requirements/NAME.txt. The stamp says UNFINISHED until that has succeeded."""
    pins, digest = _pins(root, name)
    stamp = Stamp(venv, name)
    before = stamp.read()
    if before == digest:
        return
    stamp.write(UNFINISHED)
    try:
        installer.install(python_of(venv), pins, root, again=before == UNFINISHED)
    except installer.NotDownloaded:
        stamp.write(before)  # nothing was changed, so the previous packages still work
        raise
    stamp.write(digest)


def _pins(root: Path, name: str) -> tuple[Path, str]:
    path = root / "requirements" / f"{name}.txt"
    if not path.is_file():
        raise WorkshopError(
            f"requirements/{name}.txt is missing: this copy of the workshop is incomplete; "
            "clone it again."
        )
    return path, hashlib.sha256(path.read_bytes()).hexdigest()
