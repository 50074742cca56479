"""A learner's progress, in one small file inside their own folder."""

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path

from workshop.base.commands import PROGRAM
from workshop.base.errors import WorkshopError
from workshop.base.project_files import PROGRESS, files
from workshop.course import catalog
from workshop.course.catalog import Checkpoint, Goal


@dataclass(frozen=True)
class Found:
    """The last check's finding, for the hints: see `findings.Explanation`."""

    happened: str
    why: str = ""
    path: str = ""
    line: int = 0
    code: str = ""
    pitfall: str = ""
    rule: str = ""
    before_all: bool = False

    @classmethod
    def read(cls, data: dict | None) -> "Found | None":
        """Return the values in `data`, without any added by other versions."""
        known = {field.name for field in fields(cls)}
        kept = {name: value for name, value in (data or {}).items() if name in known}
        return cls(**kept) if "happened" in kept else None

    @property
    def signature(self) -> str:
        return f"{self.rule or self.pitfall or self.happened} {self.path}"


@dataclass
class Progress:
    """A learner's progress: the finished steps with their dates, and the hints that were shown.

    `unmet` names the first goal that the last check found unmet, `found` says what it needs, and
    `seen` identifies what it looked at: see `looked_at`. `hinted` is the finding that the last hint
    was about. Steps and goals that this course doesn't know are kept, and those of an earlier
    edition get their new names. If it `is_former`, it was written by a version before 1.0, which
    gave the folder no files of the workshop's own.
    """

    path: Path
    done: dict[str, str] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    unmet: str = ""
    seen: str = ""
    found: Found | None = None
    hinted: str = ""
    is_former: bool = False

    @classmethod
    def of(cls, folder: Path) -> "Progress":
        """Read the progress stored in `folder`. Without one, nothing is done yet.

        Raises WorkshopError if the file exists but isn't valid.
        """
        path = folder / PROGRESS
        try:
            data = json.loads(path.read_text(encoding="utf-8-sig"))
            edition = data.get("edition", 1)
            return cls(
                path,
                _renamed(data["done"], edition),
                _renamed(data["hints"], edition),
                data["unmet"],
                data["seen"],
                Found.read(data.get("found")),
                data.get("hinted", ""),
                is_former="found" not in data,
            )
        except FileNotFoundError:
            return cls(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WorkshopError(
                f"{path} can't be read, so your progress is unknown. Fix the file, or delete "
                f"it and run `{PROGRAM} check` once for each step."
            ) from error

    def save(self) -> None:
        """Write the file, completely or not at all."""
        data = {"done": self.done, "hints": self.hints, "unmet": self.unmet, "seen": self.seen}
        data |= {"found": asdict(self.found) if self.found else None, "hinted": self.hinted}
        data["edition"] = catalog.edition()
        descriptor, fresh = tempfile.mkstemp(prefix=PROGRESS, dir=self.path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(data, file, indent=2)
            os.replace(fresh, self.path)
        except BaseException:
            os.unlink(fresh)
            raise

    def current(self, steps: list[Checkpoint]) -> Checkpoint | None:
        """Return the first step that isn't done, or None."""
        return next((step for step in steps if step.slug not in self.done), None)

    def finish(self, steps: list[Checkpoint]) -> None:
        """Mark each of `steps` as done today, unless it is already done."""
        today = date.today().isoformat()
        self.done = {step.slug: today for step in steps} | self.done

    def hints_shown(self, step: Checkpoint, goal: Goal) -> int:
        return self.hints.get(_key(step, goal), 0)

    def show_hints(self, step: Checkpoint, goal: Goal, count: int) -> None:
        self.hints[_key(step, goal)] = count


def looked_at(folder: Path, step: Checkpoint) -> str:
    """Return a digest that changes whenever something relevant to a check of `folder` changes.

    That includes the learner's files and the course: an update may change a step's tests, goals or
    solution.
    """
    goals = [test for goal in step.goals for test in goal.tests]
    course = hashlib.sha256(f"{digest(step.folder)} {goals}".encode()).hexdigest()
    return f"{step.slug} {digest(folder)} {course}"


def digest(folder: Path) -> str:
    """Return a digest of the files in `folder`."""
    total = hashlib.sha256()
    for inside, path in files(folder).items():
        total.update(f"{inside}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _renamed(values: dict, edition: int) -> dict:
    """Return what an edition noted by "SLUG" or "SLUG/GOAL", under the present slugs."""
    renamed = {}
    for key, value in values.items():
        slug, slash, goal = key.partition("/")
        for name in catalog.successors(slug, edition) or [slug]:
            renamed[f"{name}{slash}{goal}"] = value
    return renamed


def _key(step: Checkpoint, goal: Goal) -> str:
    return f"{step.slug}/{goal.tests[0]}"
