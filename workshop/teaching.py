"""What `steps/course.toml` says for the docs and for whoever teaches: exercises, tour, lengths."""

from dataclasses import dataclass
from pathlib import Path

from workshop import course


@dataclass(frozen=True)
class Exercise:
    """Something to try beyond a checkpoint's steps; its minutes are part of the checkpoint's."""

    checkpoint: str
    slug: str
    title: str
    minutes: int

    def folder(self, root: Path = course.ROOT) -> Path:
        """Return the folder of its solution, SLUG.diff, and its test, test_SLUG.py."""
        return root / "docs" / "exercises" / self.checkpoint


@dataclass(frozen=True)
class TourPage:
    """One page of the tour of the finished app."""

    slug: str
    title: str
    minutes: int


@dataclass(frozen=True)
class Length:
    """A length, in minutes, that the workshop is held in, and what of it is not teaching."""

    name: str
    minutes: int
    welcome: int
    rest: int
    lunch: int
    closing: int


@dataclass(frozen=True)
class Teaching:
    """All of it. `worth` names what can be taught, most important first."""

    exercises: tuple[Exercise, ...]
    tour: tuple[TourPage, ...]
    lengths: tuple[Length, ...]
    worth: tuple[str, ...]
    longest_without_break: int


def load(root: Path = course.ROOT) -> Teaching:
    """Return what course.toml below `root` says."""
    told = course.read(root)
    return Teaching(
        exercises=tuple(Exercise(**entry) for entry in told["exercise"]),
        tour=tuple(TourPage(**entry) for entry in told["tour"]),
        lengths=tuple(Length(**entry) for entry in told["agenda"]),
        **{key: tuple(v) if isinstance(v, list) else v for key, v in told["teaching"].items()},
    )
