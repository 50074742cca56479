"""Get ready for a check while there is still something else to do."""

import atexit
import threading

from workshop import course
from workshop.environment import child_environment
from workshop.learner.forked import Forks

NODE_CACHE = course.ROOT / ".workshop" / "node"  # what starts the browser is a Node program
_lock, _known = threading.Lock(), []


def forks() -> Forks | None:
    """Return what starts the processes of a check sooner; None where the platform has no such way.

    The first call starts a process, which imports meanwhile what all of them need. It serves all
    checks of this process, and ends with it.
    """
    with _lock:
        if not _known:
            _known.append(Forks.start(environment()))
            if _known[0]:
                atexit.register(_known[0].stop)
        return _known[0]


def environment() -> dict[str, str]:
    """Return the environment of a process that runs a learner's project."""
    ours = {"PYTEST_ADDOPTS", "PYTHONPATH", "PYTEST_PLUGINS", "PYTHONWARNINGS"}
    kept = {name: value for name, value in child_environment().items() if name not in ours}
    kept.pop("CI", None)  # what cannot be checked on this machine is skipped, and said
    return kept | {
        "NODE_COMPILE_CACHE": str(NODE_CACHE),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }
