"""Take the edits made in one checkpoint forward through all later ones.

Each edit goes along the chain: what it did to one checkpoint's file is merged into the next
checkpoint's. So a merge has to cope only with what that one checkpoint changed itself.
"""

from dataclasses import dataclass
from pathlib import Path

from workshop import course
from workshop.changes import Change, changes
from workshop.errors import UsageError
from workshop.git import Repository
from workshop.merge import Conflict, merged
from workshop.plan import CONFLICT, DELETED, KEPT, SKIPPED, WRITTEN, Entry, Plan
from workshop.record import Record
from workshop.writing import write_all


def carry(name: str, since: str = "HEAD", dry_run: bool = False, root: Path = course.ROOT) -> Plan:
    """Carry the edits made since the commit `since` in checkpoint `name` to all later ones.

    With one conflict, or with `dry_run`, nothing is written at all. Raises WorkshopError where
    there is no git repository or no such commit, UsageError where nothing comes after `name`.
    """
    checkpoints = course.load(root)
    first = course.find(name, root)
    later = [one for one in checkpoints[checkpoints.index(first) + 1 :] if one.folder.is_dir()]
    if not later:
        raise UsageError(f"Nothing comes after {first.slug}: there is nowhere to carry it to.")
    repository, record = Repository(root, since), Record(root)
    plan = Plan(changes(repository, first.folder))
    for edit in plan.edits:
        edit_here = edit
        for checkpoint in later:
            target = _Target(checkpoint, repository, record, plan)
            try:
                edit_here = target.take(edit_here, first.folder / edit.new)
            except Conflict as conflict:
                target.note(CONFLICT, edit_here.old, str(conflict))
                break
    if not (plan.conflicts or dry_run):
        record.save()  # first: a record of what is not written does no harm
        write_all(plan.contents, plan.modes)
    return plan


@dataclass
class _Target:
    """A later checkpoint that an edit reaches."""

    checkpoint: course.Checkpoint
    repository: Repository
    record: Record
    plan: Plan

    def note(self, what: str, path: str, why: str = "") -> None:
        self.plan.entries.append(Entry(what, self.checkpoint.slug, path, why))

    def take(self, edit: Change, like: Path) -> Change:
        """Plan what `edit` makes of this checkpoint's file; return the edit as it is here.

        A new file gets the mode of `like`. Raises Conflict.
        """
        here = edit.old
        ours = self._own(here)
        if ours is None and edit.new != edit.old:
            here = edit.new  # renamed here too, by hand
            ours = self._own(here)
        if ours is None and edit.before is not None:
            if edit.after is not None:
                self.note(SKIPPED, here, "is not in this checkpoint")
            return edit
        try:
            if here != edit.new and self._own(edit.new) is not None:
                raise Conflict("another file has its new name")
            after = _applied(edit, ours)
        except Conflict as conflict:
            committed = self._committed(here)
            if ours == committed:
                raise
            self.note(KEPT, here, f"is edited here too ({conflict}): taken as it is")
            return Change(here, here, committed, ours)
        if here != edit.new:
            self._put(here, ours, None, like)
            self._put(edit.new, None, after, like)
        else:
            self._put(here, ours, after, like)
        return self._onward(edit, here, after)

    def _onward(self, edit: Change, here: str, after: bytes | None) -> Change:
        """Return `edit` as it goes on from here: without what else was edited here by hand."""
        committed = self._committed(here)
        if committed is None and edit.before is not None:
            return edit
        try:
            return Change(here, edit.new, committed, _applied(edit, committed))
        except Conflict:  # made good by hand here: that goes on
            return Change(here, edit.new, committed, after)

    def _put(self, path: str, ours: bytes | None, after: bytes | None, like: Path) -> None:
        key = f"{self.checkpoint.slug}/{path}"
        committed = self._committed(path)
        if ours == committed:
            self.record.note(key, committed, after)
        else:
            self.record.forget(key)
        if self._present(path) != after:
            self.plan.contents[self.checkpoint.folder / path] = after
            self.plan.modes[self.checkpoint.folder / path] = like
            self.note(DELETED if after is None else WRITTEN, path)

    def _own(self, path: str) -> bytes | None:
        """Return the file without what an earlier carry wrote: that is worked out again."""
        committed, present = self._committed(path), self._present(path)
        key = f"{self.checkpoint.slug}/{path}"
        return committed if self.record.is_ours(key, committed, present) else present

    def _committed(self, path: str) -> bytes | None:
        return self.repository.read(self.checkpoint.folder / path)

    def _present(self, path: str) -> bytes | None:
        file = self.checkpoint.folder / path
        return file.read_bytes() if file.is_file() else None


def _applied(edit: Change, ours: bytes | None) -> bytes | None:
    """Return what `edit` makes of the content `ours`. Raises Conflict."""
    if ours == edit.before:
        return edit.after
    if ours == edit.after:
        return ours
    if edit.before is None:
        raise Conflict("it has another file of that name")
    if edit.after is None:
        raise Conflict("it is deleted there and different here")
    return merged(edit.before, ours, edit.after)
