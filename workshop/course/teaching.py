"""What `steps/course.toml` contains for teaching: the exercises."""

from dataclasses import dataclass
from pathlib import Path

from workshop.base.paths import ROOT
from workshop.course import catalog


@dataclass(frozen=True)
class Exercise:
    """Something to try after the steps of a checkpoint.

    Its minutes are part of the checkpoint's, unless it is `extra`, for people with time left. Its
    solution builds on the solution of the exercise `after`, if one is named.
    """

    checkpoint: str
    slug: str
    title: str
    minutes: int
    extra: bool = False
    after: str = ""

    def folder(self, root: Path = ROOT) -> Path:
        """Return the folder of its solution, SLUG.diff, and its test, test_SLUG.py."""
        return root / "docs" / "exercises" / self.checkpoint

    def test(self, root: Path = ROOT) -> Path:
        """Return the file with the test of its solution."""
        return self.folder(root) / f"test_{self.slug.replace('-', '_')}.py"


@dataclass(frozen=True)
class Teaching:
    """The exercises, in the course's order."""

    exercises: tuple[Exercise, ...]


def load(root: Path = ROOT) -> Teaching:
    """Return the exercises from course.toml under `root`."""
    course = catalog.read(root)
    return Teaching(exercises=tuple(Exercise(**entry) for entry in course["exercise"]))
