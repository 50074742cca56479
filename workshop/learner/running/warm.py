"""Run Python scripts in processes that were started before they were needed.

Standard library only, and nothing from the workshop, because the process of a check uses this too.
The other end is `warm_process.py`.
"""

import contextlib
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

SCRIPT = Path(__file__).with_name("warm_process.py")


class WarmProcesses:
    """Keeps a process ready for the next script, which has already imported all that a check needs.

    This works on every system, unlike forks, but each process does its own imports. The processes
    start in `environment`, and print to `output` (any value that Popen accepts) until they get a
    script.
    """

    def __init__(self, environment: dict[str, str], output: int | None = None):
        self.environment = environment
        self.output = output
        self._ready: subprocess.Popen | None = None

    def prepare(self) -> None:
        """Start a process unless one is ready. It does its imports in the background."""
        if self._ready is None:
            self._ready = subprocess.Popen(
                [sys.executable, str(SCRIPT)],
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=self.output,
                stderr=self.output,
            )

    def run(
        self,
        words: list[str],
        folder: str,
        environment: dict[str, str],
        log: str | None = None,
        hand_on: bool = False,
    ) -> subprocess.Popen | None:
        """Run a script, with its arguments in `words`, in `folder`.

        It prints to the file `log`, or without one to `output`. With `hand_on`, the script
        can use warm processes itself: its global variable WARM contains the path of this module.
        Returns None if the script has to be started in the usual way, because no process is ready
        or because a module in `folder` has the same name as one that may have been imported.
        """
        if self._ready is None or (hand_on and _hides_a_package(folder)):
            return None
        order = {
            "words": words,
            "folder": folder,
            "environment": environment,
            "log": log,
            "globals": {"WARM": __file__} if hand_on else {},
        }
        process = self._ready
        self._ready = None
        return process if _give(process, order) else None

    def stop(self) -> None:
        """Stop the process that wasn't needed."""
        if self._ready is None:
            return
        self._ready.kill()
        with contextlib.suppress(OSError):
            self._ready.stdin.close()
        self._ready.wait()
        self._ready = None


def _give(process: subprocess.Popen, order: dict) -> bool:
    """Tell the process what to run. Returns False if the process has already ended."""
    try:
        with process.stdin:
            process.stdin.write(json.dumps(order).encode() + b"\n")
    except OSError:
        process.wait()
        return False
    return True


def _hides_a_package(folder: str) -> bool:
    """Return whether a module in `folder` has the same name as one that Python finds elsewhere."""
    names = {path.name.partition(".")[0] for path in Path(folder).glob("*.py")}
    names |= {path.parent.name for path in Path(folder).glob("*/__init__.py")}
    return any(name.isidentifier() and _is_found(name) for name in names)


def _is_found(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ValueError:  # a module that doesn't come from a file
        return True
