"""A lock for one process at a time. Standard library only."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def exclusive(path: Path, waiting: str) -> Iterator[None]:
    """Hold the lock file `path` in the block. Print `waiting` if another process holds it.

    The system releases the lock when the process ends, however it ends.
    """
    with open(path, "a+b") as file:
        if not _taken(file):
            print(f"{waiting}.", file=sys.stderr, flush=True)
            while not _taken(file):
                time.sleep(0.1)
        yield


def _taken(file) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            # Children inherit it. If this process is killed, the installer that it leaves
            # behind keeps the lock until it's done.
            os.set_inheritable(file.fileno(), True)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True  # a file system without locks: continue without one
    return True
