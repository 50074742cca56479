"""Prepare for a check while other work still has to be done."""

import atexit
import subprocess
import threading

from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.learner.running.forked import Forks
from workshop.learner.running.warm import WarmProcesses
from workshop.services import chromium

NODE_CACHE = ROOT / ".workshop" / "node"  # a Node program starts the browser
_lock = threading.Lock()
_known = []


def processes() -> Forks | WarmProcesses:
    """Return a way to start a check's processes faster: forks on Linux, a warm process elsewhere.

    Each call makes sure that a process is ready or starting: it imports what all of them need in
    the background. It ends with this process.
    """
    with _lock:
        if not _known:
            # Ctrl-C reaches a waiting process too, and nobody needs its traceback.
            warm = WarmProcesses(environment(), output=subprocess.DEVNULL)
            found = Forks.start(environment()) or warm
            atexit.register(found.stop)
            _known.append(found)
        _known[0].prepare()
        return _known[0]


def environment() -> dict[str, str]:
    """Return the environment of a process that runs a learner's project."""
    ours = {"PYTEST_ADDOPTS", "PYTHONPATH", "PYTEST_PLUGINS", "PYTHONWARNINGS"}
    kept = {name: value for name, value in child_environment().items() if name not in ours}
    kept.pop("CI", None)  # goals that this machine can't check are skipped, with a message
    return (
        chromium.environment()
        | kept
        | {
            "NODE_COMPILE_CACHE": str(NODE_CACHE),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
        }
    )
