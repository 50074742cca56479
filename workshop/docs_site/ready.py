"""Tells whoever serves the site that its pages are made and it answers now."""

import contextlib
from collections.abc import Callable, Iterator

waiting: list[Callable[[], None]] = []


@contextlib.contextmanager
def calling(callback: Callable[[], None]) -> Iterator[None]:
    """Call `callback` once the site is served, while the block runs."""
    waiting.append(callback)
    try:
        yield
    finally:
        if callback in waiting:
            waiting.remove(callback)


def tell() -> None:
    """Call whoever waits."""
    while waiting:
        waiting.pop()()
