"""The outcome of a carry, and how to report it."""

from dataclasses import dataclass, field

WRITTEN, DELETED, SKIPPED, KEPT, CONFLICT = "written", "deleted", "skipped", "kept", "conflict"


@dataclass(frozen=True)
class Entry:
    """What happens to `path` in the repository (one of the words above), and why."""

    what: str
    path: str
    why: str = ""


@dataclass
class CarryOutcome:
    """Whether there were edits to carry, and what happened to the later checkpoints' files."""

    has_edits: bool = False
    entries: list[Entry] = field(default_factory=list)

    @property
    def changed(self) -> list[Entry]:
        """The entries of files that have to be written or deleted."""
        return [entry for entry in self.entries if entry.what in (WRITTEN, DELETED)]

    @property
    def conflicts(self) -> list[Entry]:
        """The entries that prevent anything from being written."""
        return [entry for entry in self.entries if entry.what == CONFLICT]

    def explained(self) -> str:
        """Explain which files conflict, and what to do about it."""
        places = [f"  {entry.path}: {entry.why}" for entry in self.conflicts]
        return "\n".join(
            [
                "Nothing was written, because an edit conflicts with a later checkpoint:",
                *places,
                "Make the edit there by hand, then run the same command again.",
            ]
        )

    def summary(self, dry_run: bool) -> str:
        """Return the closing line."""
        count = len(self.changed)
        if not count and not self.has_edits:
            return "No edits were found: nothing to carry."
        if not count:
            return "The later checkpoints already have these edits."
        files = f"{count} file" if count == 1 else f"{count} files"
        return f"{files} would change (--dry-run)." if dry_run else f"{files} changed."
