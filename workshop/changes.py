"""What was edited in a checkpoint's folder since a commit."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from workshop.git import Repository

OWN = {"README.md"}  # each checkpoint has its own
ALIKE = 0.6  # from here on a file that went and one that came are one that was renamed


@dataclass(frozen=True)
class Change:
    """The file `old` with the content `before` became the file `new` with the content `after`.

    `before` is None for a new file, `after` for a deleted one; only a rename has two names.
    """

    old: str
    new: str
    before: bytes | None
    after: bytes | None

    def __str__(self) -> str:
        return self.new if self.old == self.new else f"{self.old} → {self.new}"


def changes(repository: Repository, folder: Path) -> list[Change]:
    """Return what differs in `folder` between the repository's commit and now, by path."""
    before = {path: repository.read(folder / path) for path in repository.committed(folder)}
    after = {path: (folder / path).read_bytes() for path in repository.present(folder)}
    edited = [
        Change(path, path, before.get(path), after.get(path))
        for path in sorted((before.keys() | after.keys()) - OWN)
        if before.get(path) != after.get(path)
    ]
    return _with_renames(edited)


def _with_renames(edited: list[Change]) -> list[Change]:
    gone = [change for change in edited if change.after is None]
    come = [change for change in edited if change.before is None]
    for old in gone:
        ratios = {new: _ratio(old.before, new.after) for new in come}
        new = max(ratios, key=ratios.get, default=None)
        if new and ratios[new] >= ALIKE:
            come.remove(new)
            edited = [change for change in edited if change not in (old, new)]
            edited.append(Change(old.old, new.new, old.before, new.after))
    return edited


def _ratio(old: bytes, new: bytes) -> float:
    if not old or not new:
        return 0
    if old == new:
        return 1
    return difflib.SequenceMatcher(None, old.splitlines(), new.splitlines()).ratio()
