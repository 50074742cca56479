"""Carry the edits made in one checkpoint forward through all later ones.

git does the merging: an edit to one checkpoint becomes a patch, which `git apply --3way` applies to
the next one. All of that happens in a temporary index, and the files are only written at the end,
if nothing conflicts.
"""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from workshop.authoring.carry_outcome import (
    CONFLICT,
    DELETED,
    KEPT,
    SKIPPED,
    WRITTEN,
    CarryOutcome,
    Entry,
)
from workshop.authoring.git import Index, words
from workshop.base.atomic_write import write_all
from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT
from workshop.base.project_files import is_ignored
from workshop.course import catalog

NOT_CARRIED = "README.md"  # each checkpoint has its own
RENAMES = "-M60%"
PATCH = ("-p", "--binary", "--full-index", "--no-ext-diff", "--no-textconv")
COMPARE = ("diff-tree", "-r", "-z", "--no-renames")
CONFLICTS = {
    "A": "it is another file of the same name",
    "D": "it is deleted there and different here",
}


@dataclass(frozen=True)
class Edit:
    """A change to a checkpoint's file. The paths `old` and `new` only differ after a rename."""

    status: str  # git's letter: A, D, M, R or T
    old: str
    new: str


def carry(name: str, since: str = "HEAD", dry_run: bool = False, root: Path = ROOT) -> CarryOutcome:
    """Carry the edits made since the commit `since` in checkpoint `name` to all later ones.

    If there is a conflict, or with `dry_run`, nothing is written. Raises WorkshopError if there is
    no git repository or no such commit, and UsageError if nothing comes after `name`.
    """
    checkpoints = catalog.load(root)
    first = catalog.find(name, root)
    later = checkpoints[checkpoints.index(first) + 1 :]
    places = [
        checkpoint.folder.relative_to(root).as_posix()
        for checkpoint in (first, *later)
        if checkpoint == first or checkpoint.folder.is_dir()
    ]
    if len(places) == 1:
        raise UsageError(f"There's no step after {first.slug} to carry edits to.")
    with tempfile.TemporaryDirectory() as folder:
        carrying = Carry(root, since, places, Path(folder))
        for edit in carrying.edits():
            carrying.take_along(edit)
        return carrying.finish(dry_run)


class Carry:
    """One run of carry, which takes changes since a commit from the first of `places` to the rest.

    Each place has a tree in two git indexes: `before` as it was, and `after` with the edits carried
    so far. Comparing the two gives the patch for the next place.
    """

    def __init__(self, root: Path, since: str, places: list[str], folder: Path):
        self.root = root
        self.places = places
        self.outcome = CarryOutcome()
        self.before = Index(root, folder / "before")
        self.after = Index(root, folder / "after")
        self.commit = self._find_commit(since)
        self.memory = root / ".workshop" / "carried" / Path(places[0]).name
        self.after.ask("read-tree", "HEAD")
        self.after.ask("add", "--all", "--", *places)
        self.files = self.after.tree()
        self._take_back_last_carry()
        self.start = self.after.tree()
        self.before.ask("read-tree", self.start)
        self.before.reset(self.commit, [places[0]])

    def edits(self) -> list[Edit]:
        """Return the edits in the first checkpoint that have to be carried."""
        listed = _edits(self._difference(self.places[0], ["--name-status", "-z"]))
        found = [edit for edit in listed if edit.new != NOT_CARRIED and not is_ignored(edit.new)]
        self.outcome.has_edits = bool(found)
        return found

    def take_along(self, edit: Edit) -> None:
        """Apply `edit` to each later checkpoint, in the form it took in the one before."""
        previous, *later = self.places
        for place in later:
            what = self._take(edit, previous, place)
            if what == CONFLICT:
                break
            if what in (WRITTEN, KEPT):
                previous = place

    def finish(self, dry_run: bool) -> CarryOutcome:
        """Compare the result with the files, and write it unless there is a conflict."""
        result = self.after.tree()
        for edit in _edits(self.after.ask(*COMPARE, "--name-status", self.files, result)):
            if edit.status == "A" and os.path.lexists(self.root / edit.new):
                self._note(CONFLICT, edit.new, "a file that git ignores has the same name there")
            else:
                self._note(DELETED if edit.status == "D" else WRITTEN, edit.new)
        if self.outcome.changed and not (dry_run or self.outcome.conflicts):
            contents = {
                self.root / entry.path: self._content(result, entry)
                for entry in self.outcome.changed
            }
            self.memory.parent.mkdir(parents=True, exist_ok=True)
            self.memory.write_text(f"{self.commit} {self.start} {result}", "utf-8")
            write_all(contents, {path: self._like(path) for path in contents})
        return self.outcome

    def _find_commit(self, since: str) -> str:
        top = self.after.run("rev-parse", "--show-prefix")
        if top.returncode or top.stdout.strip():
            raise WorkshopError(
                f"{self.root} is not a git repository, so there are no edits to see."
            )
        found = self.after.run("rev-parse", "--verify", "--quiet", f"{since}^{{commit}}")
        if found.returncode:
            raise WorkshopError(
                f"There is no commit {since}: commit first, or name another one with --since."
            )
        return found.stdout.decode().strip()

    def _take_back_last_carry(self) -> None:
        """In the index, undo what the last carry wrote to files that haven't been edited since.

        Otherwise, changing an edit again after a carry would conflict with its earlier version.
        """
        remembered = self.memory.read_text("utf-8").split() if self.memory.is_file() else []
        if len(remembered) != 3 or remembered[0] != self.commit:
            return
        _, start, result = remembered
        if self.after.run("cat-file", "-e", result).returncode:
            return  # git has cleaned up
        written = words(self.after.ask(*COMPARE, "--name-only", start, result))
        touched = words(self.after.ask(*COMPARE, "--name-only", result, self.files))
        self.after.reset(start, sorted(set(written) - set(touched)))

    def _difference(self, place: str, options: list[str], paths: tuple[str, ...] = ()) -> bytes:
        """Return git's patch of the edits in the folder `place`."""
        command = ["diff-tree", "-r", RENAMES, f"--relative={place}", *options]
        return self.after.ask(*command, self.before.tree(), self.after.tree(), "--", *paths)

    def _take(self, edit: Edit, previous: str, place: str) -> str:
        """Apply what `edit` did in `previous` to the folder `place`, and return the outcome."""
        old = f"{place}/{edit.old}"
        new = f"{place}/{edit.new}"
        if edit.status != "A" and not self.after.blob(old):
            if edit.status != "D":
                self._note(SKIPPED, new, "is not in this checkpoint")
            return SKIPPED
        if self._apply(edit, previous, place):
            is_new = self.before.blob(new) != self.after.blob(new)
            return WRITTEN if is_new else SKIPPED
        if self.after.run("diff", "--cached", "--quiet", self.commit, "--", old, new).returncode:
            self.before.reset(self.commit, [old, new])  # carry on this step's version
            return self._note(
                KEPT, new, "was edited here too, in the same places, and stays as it is"
            )
        why = CONFLICTS.get(edit.status, "it differs here in the lines that the edit changes")
        return self._note(CONFLICT, new, why)

    def _apply(self, edit: Edit, previous: str, place: str) -> bool:
        """Apply the patch, or leave the index unchanged. Returns whether it was applied."""
        paths = (f"{previous}/{edit.old}", f"{previous}/{edit.new}")
        patch = self._difference(previous, [*PATCH], paths)
        backup = shutil.copy(self.after.file, self.after.file.with_suffix(".backup"))
        command = ("apply", "--cached", "--3way", "--whitespace=nowarn", f"--directory={place}")
        if self.after.run(*command, stdin=patch).returncode == 0:
            return True
        os.replace(backup, self.after.file)
        return False

    def _note(self, what: str, path: str, why: str = "") -> str:
        self.outcome.entries.append(Entry(what, path, why))
        return what

    def _content(self, tree: str, entry: Entry) -> bytes | None:
        if entry.what == DELETED:
            return None
        return self.after.ask("cat-file", "--filters", f"{tree}:{entry.path}")

    def _like(self, path: Path) -> Path:
        """Return the first checkpoint's file of the same name. A new file gets its mode."""
        inside = path.relative_to(self.root).as_posix()
        place = next(place for place in self.places if inside.startswith(f"{place}/"))
        return self.root / self.places[0] / inside.removeprefix(f"{place}/")


def _edits(listed: bytes) -> list[Edit]:
    """Return what `git diff-tree --name-status -z` lists."""
    found = []
    rest = iter(words(listed))
    for status in rest:
        old = next(rest)
        new = next(rest) if status.startswith("R") else old
        found.append(Edit(status[0], old, new))
    return found
