"""Three-way merges of file contents, by `git merge-file`."""

import tempfile
from pathlib import Path

from workshop.errors import WorkshopError
from workshop.git import git
from workshop.tree import text_of

SIZE = 41  # longer than any line of "=====" that a text may hold


class Conflict(Exception):
    """Both sides changed the same thing; the text says where, in words."""


def merged(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """Return `ours` with the change from `base` to `theirs` applied. Raises Conflict."""
    if ours in (base, theirs):
        return theirs
    if base == theirs:
        return ours
    if None in (text_of(base), text_of(ours), text_of(theirs)):
        raise Conflict("it holds no text and differs")
    base, theirs = (_with_line_ends_of(ours, data) for data in (base, theirs))
    with tempfile.TemporaryDirectory() as folder:
        for name, data in (("ours", ours), ("base", base), ("theirs", theirs)):
            Path(folder, name).write_bytes(data)
        size = f"--marker-size={SIZE}"
        done = git(Path(folder), "merge-file", "-p", "-q", size, "ours", "base", "theirs")
    if done.returncode == 0:
        return done.stdout
    if done.returncode > 127:
        raise WorkshopError(f"git merge-file says: {done.stderr.decode(errors='replace').strip()}")
    raise Conflict(_lines(done.stdout))


def _with_line_ends_of(ours: bytes, data: bytes) -> bytes:
    plain = data.replace(b"\r\n", b"\n")
    return plain.replace(b"\n", b"\r\n") if b"\r\n" in ours else plain


def _lines(output: bytes) -> str:
    """Return which lines of "ours" are in conflict, from the merge with its markers."""
    places = []
    side, line, start = "both", 1, 1
    for text in output.split(b"\n"):
        if text.startswith(b"<" * SIZE):
            side, start = "ours", line
        elif text.startswith(b"=" * SIZE) and side == "ours":
            side = "theirs"
            last = max(start, line - 1)
            places.append(f"{start}" if start == last else f"{start}-{last}")
        elif text.startswith(b">" * SIZE):
            side = "both"
        elif side != "theirs":
            line += 1
    word = "line" if len(places) == 1 and "-" not in places[0] else "lines"
    return f"{word} {', '.join(places)}"
