"""What a learner has changed since a goal was last met.

Each check stores the texts of the files for the goals that it found met. They are kept in the
workshop's own folder for its state, next to the name of the project that was started last.
"""

import contextlib
import difflib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from workshop.base.paths import ROOT
from workshop.base.project_files import files, text_of

KEPT_PROJECTS = 10  # projects whose versions are kept, because tests and exercises have many
LARGEST_FILE = 200_000  # bytes


@dataclass(frozen=True)
class ChangedLines:
    """Lines of the file `path` that have changed: `old` became `new`, which begins at `line`."""

    path: str
    line: int
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def lines(self) -> str:
        """The numbers of the lines in words, such as "line 4" or "lines 4–7"."""
        last = self.line + len(self.new) - 1
        return f"lines {self.line}–{last}" if last > self.line else f"line {self.line}"


@dataclass
class Versions:
    """The versions of the project in `folder` in which goals were last met.

    `met` has the digest of a version for each goal, by the name of its first test. `projects` has
    the digest of each file of a version by its path, and `texts` has the text for such a digest.
    """

    path: Path
    folder: Path
    met: dict[str, str] = field(default_factory=dict)
    projects: dict[str, dict[str, str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, root: Path = ROOT) -> "Versions":
        """Read the versions of the project in `folder`. Without a valid file, there are none."""
        path = _path_for(folder, root)
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, folder, dict(data["met"]), data["projects"], data["texts"])
        return cls(path, folder)

    def note(self, goals: Iterable[str]) -> None:
        """Store that `goals` are met in the present version."""
        project, texts = _read(self.folder)
        version = _digest(json.dumps(project))
        self.met |= dict.fromkeys(goals, version)
        self.projects[version] = project
        self.texts |= texts
        self._forget_unused()
        self._save()

    def changes(self, goal: str) -> tuple[ChangedLines, ...] | None:
        """Return what has changed since `goal` was last met, or None if it wasn't met before."""
        before = self.projects.get(self.met.get(goal, ""))
        if before is None:
            return None
        project, texts = _read(self.folder)
        changed = [
            path for path in sorted({*before, *project}) if before.get(path) != project.get(path)
        ]
        found = []
        for path in changed:
            old = self.texts.get(before.get(path, ""), "")
            new = texts.get(project.get(path, ""), "")
            found += _compared(path, old, new)
        return tuple(found)

    def _forget_unused(self) -> None:
        self.projects = {
            version: self.projects[version] for version in dict.fromkeys(self.met.values())
        }
        used = {digest for project in self.projects.values() for digest in project.values()}
        self.texts = {digest: text for digest, text in self.texts.items() if digest in used}

    def _save(self) -> None:
        """Write the file, completely or not at all. It's only a convenience, so errors are fine."""
        data = {"met": self.met, "projects": self.projects, "texts": self.texts}
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor, fresh = tempfile.mkstemp(prefix="unfinished-", dir=self.path.parent)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(data, file)
            os.replace(fresh, self.path)
            _forget_oldest(self.path.parent)


def forget(folder: Path, root: Path = ROOT) -> None:
    """Delete the versions of the project in `folder`, for example when its code is replaced."""
    with contextlib.suppress(OSError):
        _path_for(folder, root).unlink(missing_ok=True)


def _path_for(folder: Path, root: Path) -> Path:
    return root / ".workshop" / "versions" / f"{_digest(os.path.realpath(folder))}.json"


def _forget_oldest(place: Path) -> None:
    written = sorted(place.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in written[:-KEPT_PROJECTS]:
        path.unlink(missing_ok=True)


def _read(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the digest of each text file in the project by its path, and the texts by digest."""
    project, texts = {}, {}
    for inside, path in files(folder).items():
        data = path.read_bytes()
        text = text_of(data) if len(data) <= LARGEST_FILE else None
        if text is not None and not inside.startswith("tests/"):
            project[inside] = _digest(text)
            texts[project[inside]] = text
    return project, texts


def _compared(path: str, old: str, new: str) -> list[ChangedLines]:
    """Return the changes of the file `path`, without those of blank lines."""
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    found = []
    for kind, start, end, first, last in matcher.get_opcodes():
        _, removed = _trimmed(before[start:end])
        blank, added = _trimmed(after[first:last])
        if kind != "equal" and (removed or added):
            line = max(1, min(first + blank + 1, len(after)))
            found.append(ChangedLines(path, line, removed, added))
    return found


def _trimmed(lines: list[str]) -> tuple[int, tuple[str, ...]]:
    """Return how many blank lines come first, and the lines without the blank ones around them."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    return (filled[0], tuple(lines[filled[0] : filled[-1] + 1])) if filled else (0, ())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
