"""The course as `steps/course.toml` tells it: which checkpoints there are, in which order."""

import difflib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from workshop.errors import UsageError

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint.

    `slug` names its folder, `minutes` is the time a learner takes, `needs` holds "redis" and
    "browser" where its tests cannot do without. `tests`, `changed` and `added` are paths inside
    the folder, with "/" between their parts; `course.toml` says what each means. One that is
    `rewritten` grows out of the checkpoint before, and does not list what it changed.
    """

    folder: Path
    slug: str
    title: str
    minutes: int
    needs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    rewritten: bool = False
    exercises: tuple[dict, ...] = ()

    @property
    def number(self) -> str:
        """The leading digits of the slug: "03" of "03-consumer"; "" where there are none."""
        head = self.slug.partition("-")[0]
        return head if head.isdigit() else ""


def load(root: Path = ROOT) -> list[Checkpoint]:
    """Return the checkpoints of the course below `root`, in their order."""
    return [_checkpoint(root, entry) for entry in _read(root)["checkpoint"]]


@dataclass(frozen=True)
class TourPage:
    """One page of the tour of the finished app."""

    slug: str
    title: str
    minutes: int


def load_tour(root: Path = ROOT) -> list[TourPage]:
    """Return the pages of the tour of the finished app, in their order."""
    return [TourPage(**entry) for entry in _read(root).get("tour", [])]


def find(name: str, root: Path = ROOT) -> Checkpoint:
    """Return the checkpoint called `name`: "3", "03", "consumer", "03-consumer" or a folder.

    Raises UsageError, with the nearest name, where there is none.
    """
    checkpoints = load(root)
    wanted = Path(name).name.lower() if name.strip("./\\") else name
    by_name = {name: checkpoint for checkpoint in checkpoints for name in names(checkpoint)}
    if wanted in by_name:
        return by_name[wanted]
    near = difflib.get_close_matches(wanted, by_name, n=1, cutoff=0.5)
    guess = f" Did you mean {by_name[near[0]].slug}?" if near else ""
    known = ", ".join(checkpoint.slug for checkpoint in checkpoints)
    raise UsageError(f"There is no checkpoint called {name}.{guess} There are: {known}.")


def _read(root: Path) -> dict:
    return tomllib.loads((root / "steps" / "course.toml").read_text(encoding="utf-8"))


def _checkpoint(root: Path, entry: dict) -> Checkpoint:
    slug = entry["slug"]
    inside = root / "steps" / slug
    values = {
        key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    return Checkpoint(folder=inside if slug[0].isdigit() else root / slug, **values)


def names(checkpoint: Checkpoint) -> set[str]:
    """Return all that a person may call `checkpoint`."""
    number = checkpoint.number
    short = checkpoint.slug.removeprefix(f"{number}-")
    return {checkpoint.slug, short, number, number.lstrip("0")} - {""}
