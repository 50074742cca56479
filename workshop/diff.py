"""What differs between two checkpoints, or between a checkpoint and a folder."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from workshop import course
from workshop.errors import UsageError
from workshop.tree import PROGRESS, files, text_of

NOT_LEARNERS = ("README.md", "tests/")


@dataclass(frozen=True)
class FileDiff:
    """One file that differs. `lines` is its unified diff, empty where it holds no text."""

    path: str
    lines: tuple[str, ...]

    @property
    def added(self) -> int:
        return sum(line.startswith("+") for line in self.lines[2:])

    @property
    def removed(self) -> int:
        return sum(line.startswith("-") for line in self.lines[2:])


def folder_of(name: str, root: Path = course.ROOT) -> tuple[str, Path]:
    """Return what to call `name`, a checkpoint or a folder, and where it is. Raises UsageError."""
    as_path = Path(name)
    is_name = not any(mark in name for mark in "/\\") and name not in (".", "..")
    if is_name or not as_path.is_dir():
        try:
            checkpoint = course.find(name, root)
        except UsageError:
            if not as_path.is_dir():
                raise
        else:
            if checkpoint.folder.is_dir():
                return checkpoint.slug, checkpoint.folder
            raise UsageError(f"{checkpoint.slug} is not in this copy of the workshop.")
    return as_path.resolve().name, as_path.resolve()


def compare(old: str, new: str, path: str = "", root: Path = course.ROOT) -> list[FileDiff]:
    """Return what differs between `old` and `new` (checkpoints or folders), file by file.

    `path` limits it to one file or folder inside both. Without it, what a learner does not write
    is left out where one of the two is a learner's folder. Raises UsageError where neither has it.
    """
    (old_name, old_folder), (new_name, new_folder) = folder_of(old, root), folder_of(new, root)
    before, after = files(old_folder), files(new_folder)
    wanted = Path(path).as_posix().removeprefix("./").rstrip("/")
    inside = sorted(before.keys() | after.keys())
    if wanted in ("", ".") and is_learners(old_folder, new_folder):
        inside = [one for one in inside if not one.startswith(NOT_LEARNERS)]
    if wanted not in ("", "."):
        inside = [one for one in inside if one == wanted or one.startswith(f"{wanted}/")]
        if not inside:
            raise UsageError(f"Neither {old_name} nor {new_name} has {path}.")
    names = (old_name, new_name)
    found = (_file(one, names, before.get(one), after.get(one)) for one in inside)
    return [one for one in found if one]


def is_learners(*folders: Path) -> bool:
    """Return whether one of `folders` is a learner's own project."""
    return any((folder / PROGRESS).is_file() for folder in folders)


def _file(inside: str, names: tuple[str, str], old: Path | None, new: Path | None):
    data = [path.read_bytes() if path else b"" for path in (old, new)]
    if old and new and data[0] == data[1]:
        return None
    texts = [text_of(one) for one in data]
    if None in texts:
        return FileDiff(inside, ())
    # A checkout on Windows may end its lines otherwise: that is no difference to show.
    lines = [text.replace("\r\n", "\n").split("\n") for text in texts]
    if old and new and lines[0] == lines[1]:
        return None
    heads = [
        f"{name}/{inside}" if path else "/dev/null"
        for name, path in zip(names, (old, new), strict=True)
    ]
    marked = [_ends_marked(one) for one in lines]
    diff = difflib.unified_diff(*marked, *heads, lineterm="")
    shown = [line for one in diff for line in one.split("\n")]
    return FileDiff(inside, tuple(shown or [f"--- {heads[0]}", f"+++ {heads[1]}"]))


def _ends_marked(lines: list[str]) -> list[str]:
    """Drop what follows the last line end, or say as `diff` does that there is no line end."""
    if lines[-1]:
        return [*lines[:-1], lines[-1] + "\n\\ No newline at end of file"]
    return lines[:-1]
