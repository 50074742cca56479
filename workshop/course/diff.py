"""The differences between two checkpoints, or between a checkpoint and a folder."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from workshop.base.errors import UsageError
from workshop.base.paths import ROOT
from workshop.base.project_files import PROGRESS, files, is_utf_16, text_of
from workshop.course import catalog

NOT_LEARNERS = ("README.md", "tests/")


@dataclass(frozen=True)
class FileDiff:
    """One file that differs. `lines` is its unified diff, which is empty if it isn't text.

    If it `is_utf_16`, it contains text which git, Python and Django can't read as such.
    """

    path: str
    lines: tuple[str, ...]
    is_utf_16: bool = False

    @property
    def added(self) -> int:
        return sum(line.startswith("+") for line in self.lines[2:])

    @property
    def removed(self) -> int:
        return sum(line.startswith("-") for line in self.lines[2:])


def folder_of(name: str, root: Path = ROOT) -> tuple[str, Path]:
    """Return the name and the path of `name`, a checkpoint or a folder. Raises UsageError."""
    as_path = Path(name)
    is_name = not any(mark in name for mark in "/\\") and name not in (".", "..")
    if is_name or not as_path.is_dir():
        try:
            checkpoint = catalog.find(name, root)
        except UsageError:
            if not as_path.is_dir():
                raise
        else:
            if checkpoint.folder.is_dir():
                return checkpoint.slug, checkpoint.folder
            raise UsageError(f"{checkpoint.slug} is not in this copy of the workshop.")
    return as_path.resolve().name, as_path.resolve()


def compare(old: str, new: str, path: str = "", root: Path = ROOT) -> list[FileDiff]:
    """Return the differences between `old` and `new` (checkpoints or folders), file by file.

    `path` limits them to one file or folder inside both. Without it, files that learners don't
    write are left out if one of the two is a learner's folder. Raises UsageError if neither has
    `path`.
    """
    (old_name, old_folder), (new_name, new_folder) = folder_of(old, root), folder_of(new, root)
    before, after = files(old_folder), files(new_folder)
    wanted = Path(path).as_posix().removeprefix("./").rstrip("/")
    inside = sorted(before.keys() | after.keys())
    if wanted in ("", ".") and is_learners(old_folder, new_folder):
        inside = [name for name in inside if not name.startswith(NOT_LEARNERS)]
    if wanted not in ("", "."):
        inside = [name for name in inside if name == wanted or name.startswith(f"{wanted}/")]
        if not inside:
            raise UsageError(f"Neither {old_name} nor {new_name} has {path}.")
    names = (old_name, new_name)
    found = (_file(name, names, before.get(name), after.get(name)) for name in inside)
    return [file for file in found if file]


def is_learners(*folders: Path) -> bool:
    """Return whether one of `folders` is a learner's own project."""
    return any((folder / PROGRESS).is_file() for folder in folders)


def _file(inside: str, names: tuple[str, str], old: Path | None, new: Path | None):
    data = [path.read_bytes() if path else b"" for path in (old, new)]
    if old and new and data[0] == data[1]:
        return None
    texts = [text_of(content) for content in data]
    if None in texts:
        return FileDiff(inside, (), any(is_utf_16(one) for one in data))
    # A checkout on Windows may have other line endings, which don't count as a difference.
    lines = [text.replace("\r\n", "\n").split("\n") for text in texts]
    if old and new and lines[0] == lines[1]:
        return None
    heads = [
        f"{name}/{inside}" if path else "/dev/null"
        for name, path in zip(names, (old, new), strict=True)
    ]
    marked = [_ends_marked(side) for side in lines]
    diff = difflib.unified_diff(*marked, *heads, lineterm="")
    shown = [line for part in diff for line in part.split("\n")]
    return FileDiff(inside, tuple(shown or [f"--- {heads[0]}", f"+++ {heads[1]}"]))


def _ends_marked(lines: list[str]) -> list[str]:
    """Drop the empty string after the last newline, or note a missing newline like `diff`."""
    if lines[-1]:
        return [*lines[:-1], lines[-1] + "\n\\ No newline at end of file"]
    return lines[:-1]
