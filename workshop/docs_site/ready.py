"""Notify the code that serves the site when its pages have been built."""

import contextlib
import threading
from collections.abc import Callable, Iterator

waiting: list[Callable[[], None]] = []


@contextlib.contextmanager
def calling(callback: Callable[[], None]) -> Iterator[None]:
    """Call `callback` in a thread once the pages are built, unless the block ends first."""
    waiting.append(callback)
    try:
        yield
    finally:
        if callback in waiting:
            waiting.remove(callback)


def notify() -> None:
    """Run the waiting callbacks."""
    while waiting:
        threading.Thread(target=waiting.pop(), daemon=True).start()
