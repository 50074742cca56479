"""What a carry does, and how to say it."""

from dataclasses import dataclass, field
from pathlib import Path

from workshop.changes import Change

WRITTEN, DELETED, SKIPPED, KEPT, CONFLICT = "written", "deleted", "skipped", "kept", "conflict"


@dataclass(frozen=True)
class Entry:
    """What happens (a word above) to the file `path` of the checkpoint `slug`, and why."""

    what: str
    slug: str
    path: str
    why: str = ""


@dataclass
class Plan:
    """The edits found, what becomes of each later file, the contents to write and their modes."""

    edits: list[Change]
    entries: list[Entry] = field(default_factory=list)
    contents: dict[Path, bytes | None] = field(default_factory=dict)
    modes: dict[Path, Path] = field(default_factory=dict)

    @property
    def conflicts(self) -> list[Entry]:
        """Return the entries that keep the whole plan from being carried out."""
        return [entry for entry in self.entries if entry.what == CONFLICT]

    def explained(self) -> str:
        """Return what a person must know about the conflicts."""
        places = [f"  {one.slug}/{one.path}: {one.why}" for one in self.conflicts]
        return "\n".join(
            [
                "Nothing was written: these checkpoints changed the same places themselves.",
                *places,
                "Make the edit there by hand, then call the same command again.",
            ]
        )

    def summary(self, dry_run: bool) -> str:
        """Return the closing line."""
        if not self.edits:
            return "No edits were found: nothing to carry."
        if not self.contents:
            return "The later checkpoints have all of it already."
        count = len(self.contents)
        files = f"{count} file" if count == 1 else f"{count} files"
        return f"{files} would change (--dry-run)." if dry_run else f"{files} changed."
