"""Answers `--help` in a copy of the workshop that isn't set up yet.

Once Click is installed, it prints the help, but asking for help must not install anything. So
`help_texts/` keeps what Click prints, and a test compares the two. Standard library only.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from workshop import overview
from workshop.base.commands import localized
from workshop.base.paths import version
from workshop.course import catalog

FOLDER = Path(__file__).with_name("help_texts")


def answer(words: Sequence[str]) -> str | None:
    """Return the help or version that `words` ask for, or None for anything else.

    Words without a command get the overview of all commands.
    """
    command = next((word for word in words if not word.startswith("-")), None)
    if command is None and set(words) <= {"--help"}:
        return overview.overview(catalog.load())
    if command is None and set(words) == {"--version"}:
        return version()
    if command and "--help" in words:
        kept = {path.stem: path for path in FOLDER.glob("*.txt")}
        text = kept[command].read_text(encoding="utf-8") if command in kept else ""
        return localized(text).rstrip() or None
    return None


def show(text: str) -> int:
    """Print `text` and return 0, even if the reader stops early, as `head` does."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
