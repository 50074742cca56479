"""Wait for the next edit in a folder."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import watchfiles

from workshop.base.errors import WorkshopError
from workshop.base.project_files import is_ignored

POLL = 100  # milliseconds between the watcher's checks for an interrupt


def edits(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Yield at once, and again after each edit of a file that matters.

    An edit made while the caller is working is not missed. If the folder can't be watched, this
    calls `say` to explain that, and Enter takes the place of an edit. Raises WorkshopError if there
    is no keyboard either.
    """
    try:
        watcher = watchfiles.watch(
            folder,
            watch_filter=lambda _, path: _counts(folder, path),
            debounce=200,
            step=30,
            rust_timeout=POLL,
            yield_on_timeout=True,
            raise_interrupt=True,
        )
        next(watcher)  # watching starts here
        yield
        for changes in watcher:
            if changes:
                yield
    except (OSError, RuntimeError) as error:
        yield from _by_hand(str(error), say)


def _by_hand(reason: str, say: Callable[[str], None]) -> Iterator[None]:
    words = f"This folder can't be watched ({reason})"
    if not sys.stdin.isatty():
        raise WorkshopError(f"{words}: run `check` without --watch.")
    while True:
        yield
        say(f"{words}: press Enter to check again, Ctrl-C to stop.")
        if not sys.stdin.readline():
            return


def _counts(folder: Path, path: str) -> bool:
    try:
        inside = Path(path).relative_to(folder).as_posix()
    except ValueError:
        return True
    return not is_ignored(inside) and not inside.endswith("~")
