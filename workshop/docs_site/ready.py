"""Tells whoever serves the site that its pages are made."""

import contextlib
import threading
from collections.abc import Callable, Iterator

waiting: list[Callable[[], None]] = []


@contextlib.contextmanager
def calling(callback: Callable[[], None]) -> Iterator[None]:
    """Call `callback`, in a thread, once the pages are made, while the block runs."""
    waiting.append(callback)
    try:
        yield
    finally:
        if callback in waiting:
            waiting.remove(callback)


def tell() -> None:
    """Call whoever waits."""
    while waiting:
        threading.Thread(target=waiting.pop(), daemon=True).start()
