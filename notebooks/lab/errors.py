"""Show an error as one line instead of a traceback."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def shows_error() -> Iterator[None]:
    """Print the error that the block raises, if any, and go on."""
    try:
        yield
    except Exception as error:
        print(in_words(error))


def in_words(error: Exception) -> str:
    """Return an error as the last line of its traceback shows it."""
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}: {error}".removesuffix(": ")
