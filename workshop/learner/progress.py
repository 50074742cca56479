"""How far a learner has come: one small file inside their own folder."""

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from workshop.course import Checkpoint, Promise
from workshop.errors import WorkshopError
from workshop.tree import PROGRESS, files


@dataclass
class Progress:
    """What is known of a learner: which steps are done (and since when), which hints were shown.

    `unmet` names the first promise that the last check found unmet, `seen` is the digest of the
    files that it looked at. Steps and promises that this course does not know are kept.
    """

    path: Path
    done: dict[str, str] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    unmet: str = ""
    seen: str = ""

    @classmethod
    def of(cls, folder: Path) -> "Progress":
        """Read the progress kept in `folder`; without one, nothing is done yet.

        Raises WorkshopError where the file is there and cannot be understood.
        """
        path = folder / PROGRESS
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, dict(data["done"]), dict(data["hints"]), data["unmet"], data["seen"])
        except FileNotFoundError:
            return cls(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WorkshopError(
                f"{path} cannot be read, so how far you have come is unknown: mend it, or delete "
                "it and run `python3 -m workshop check` once for each step."
            ) from error

    def save(self) -> None:
        """Write the file, whole or not at all."""
        data = {"done": self.done, "hints": self.hints, "unmet": self.unmet, "seen": self.seen}
        descriptor, fresh = tempfile.mkstemp(prefix=PROGRESS, dir=self.path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(data, file, indent=2)
            os.replace(fresh, self.path)
        except BaseException:
            os.unlink(fresh)
            raise

    def current(self, steps: list[Checkpoint]) -> Checkpoint | None:
        """Return the first step that is not done; None where all are."""
        return next((step for step in steps if step.slug not in self.done), None)

    def finish(self, steps: list[Checkpoint]) -> None:
        """Note each of `steps` as done today; one that was done stays done since then."""
        today = date.today().isoformat()
        self.done = {step.slug: today for step in steps} | self.done

    def hints_shown(self, step: Checkpoint, promise: Promise) -> int:
        return self.hints.get(_key(step, promise), 0)

    def show_hints(self, step: Checkpoint, promise: Promise, count: int) -> None:
        self.hints[_key(step, promise)] = count


def digest(folder: Path) -> str:
    """Return a digest of the learner's files: the same for the same files."""
    total = hashlib.sha256()
    for inside, path in files(folder).items():
        total.update(f"{inside}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _key(step: Checkpoint, promise: Promise) -> str:
    return f"{step.slug}/{promise.tests[0]}"
