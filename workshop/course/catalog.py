"""The course in `steps/course.toml`: its checkpoints and notebooks, in order."""

import difflib
import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

from workshop.base.errors import UsageError
from workshop.base.paths import ROOT


@dataclass(frozen=True)
class Hint:
    """A learner's question, the answer, and possibly a snippet of code."""

    asks: str
    says: str
    code: str = ""


@dataclass(frozen=True)
class Station:
    """A part of a step that takes about five minutes, with goals to build or a failure to watch.

    If there is nothing to build, `see` says what to do and what happens, and `pitfall` is the id of
    the pitfall that this shows, if there is one.
    """

    title: str
    minutes: int
    see: str = ""
    pitfall: str = ""


@dataclass(frozen=True)
class Goal:
    """What a learner's project does when the step is done; `tests` are the tests that prove it.

    Slow tests run in parallel to the others, in one process for each word in `beside`. `station` is
    the title of the station that the goal belongs to, if the step has stations.
    """

    says: str
    expects: str
    tests: tuple[str, ...]
    hints: tuple[Hint, ...]
    beside: str = ""
    station: str = ""


@dataclass(frozen=True)
class Addition:
    """A sentence about what the file `path` of the finished app adds to the last step.

    A path that ends with "/" is a folder and stands for all files below it. `part` is the name of
    the group in which the docs show it.
    """

    part: str
    path: str
    says: str

    def covers(self, path: str) -> bool:
        """Return whether this sentence describes the file `path`."""
        return path == self.path or (self.path.endswith("/") and path.startswith(self.path))


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint.

    `slug` names its folder, `minutes` is the time a learner takes, and `live` the time of its live
    coding in class. `needs` contains "redis" and "browser" if its tests require them. `tests`,
    `changed` and `added` are paths inside the folder, with "/" as separator; `course.toml` explains
    each. If a checkpoint is `rewritten`, it lists what it adds to the previous one's files, in
    `adds`, instead of the files that it changed. `part` is the title of the part of the course that
    begins with it. `chapter` is the title of its chapter, if that isn't the number and the title.
    `former` has pairs of an edition and a slug, oldest first: the checkpoint that taught this one's
    lesson up to that edition.
    """

    folder: Path
    slug: str
    title: str
    minutes: int
    live: int = 0
    needs: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    rewritten: bool = False
    adds: tuple[Addition, ...] = ()
    part: str = ""
    chapter: str = ""
    former: tuple[tuple[int, str], ...] = ()
    goals: tuple[Goal, ...] = ()
    stations: tuple[Station, ...] = ()

    @property
    def number(self) -> str:
        """The leading digits of the slug: "03" of "03-consumer", or "" if there are none."""
        head = self.slug.partition("-")[0]
        return head if head.isdigit() else ""

    @property
    def heading(self) -> str:
        """The title of its chapter."""
        return self.chapter or f"{self.number} {self.title}"

    @property
    def page(self) -> str:
        """The name of its chapter's page in docs/chapters, without ".md"."""
        return self.chapter.lower().replace(" ", "-") or self.slug

    def slug_in(self, edition: int) -> str:
        """Return the slug of the checkpoint that taught its lesson in an edition of the course."""
        return next((slug for last, slug in self.former if edition <= last), self.slug)


@dataclass(frozen=True)
class Notebook:
    """One notebook: the file at `path`, its title and the minutes that a learner takes.

    `browser` says whether it is useful in a browser alone. `pages` are the pages of the docs that
    link to it, without ".md".
    """

    path: Path
    slug: str
    title: str
    minutes: int
    browser: bool = False
    pages: tuple[str, ...] = ()


def load(root: Path = ROOT) -> list[Checkpoint]:
    """Return the checkpoints of the course under `root`, in order."""
    return [_checkpoint(root, entry) for entry in read(root)["checkpoint"]]


def steps(root: Path = ROOT) -> list[Checkpoint]:
    """Return the checkpoints that a learner builds, which are those with goals."""
    return [checkpoint for checkpoint in load(root) if checkpoint.goals]


def edition(root: Path = ROOT) -> int:
    """Return the edition of the course, which counts up when checkpoints get other names."""
    return read(root).get("edition", 1)


def successors(slug: str, edition: int, root: Path = ROOT) -> list[str]:
    """Return the slugs of the checkpoints that teach what `slug` taught in an edition."""
    return [step.slug for step in load(root) if step.slug_in(edition) == slug]


def quick(root: Path = ROOT) -> dict[str, float]:
    """Return the values that `check` sets in the tests' modules, by "module.NAME"."""
    return read(root).get("quick", {})


def hurry(root: Path = ROOT) -> float:
    """Return the factor by which `check` shortens the waits of the Redis layer."""
    return read(root).get("hurry", 1)


def notebooks(root: Path = ROOT) -> list[Notebook]:
    """Return the notebooks of the course under `root`, in order."""
    entries = read(root).get("notebook", [])
    folder = root / "notebooks"
    return [Notebook(folder / f"{entry['slug']}.ipynb", **_with_tuples(entry)) for entry in entries]


def find(name: str, root: Path = ROOT) -> Checkpoint:
    """Return the checkpoint called `name`: "3", "03", "consumer", "03-consumer" or a folder.

    If there is none, raises UsageError with the closest name.
    """
    checkpoints = load(root)
    wanted = Path(name).name.lower() if name.strip("./\\") else name
    names = {alias: checkpoint for checkpoint in checkpoints for alias in _aliases(checkpoint)}
    if wanted in names:
        return names[wanted]
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    guess = f" Did you mean {names[near[0]].slug}?" if near else ""
    known = ", ".join(checkpoint.slug for checkpoint in checkpoints)
    raise UsageError(f"There is no checkpoint called {name}.{guess} There are: {known}.")


def read(root: Path = ROOT) -> dict:
    """Return the content of course.toml, which callers must not change."""
    return _parsed((root / "steps" / "course.toml").read_text(encoding="utf-8"))


@functools.lru_cache(maxsize=4)
def _parsed(text: str) -> dict:
    return tomllib.loads(text)  # the site's pages read it about 300 times


def _checkpoint(root: Path, entry: dict) -> Checkpoint:
    slug = entry["slug"]
    inside = root / "steps" / slug
    values = _with_tuples(entry)
    values["goals"] = tuple(_goal(goal) for goal in values.pop("goal", ()))
    former = values.pop("former", {})
    values["former"] = tuple(sorted((int(last), name) for last, name in former.items()))
    values["adds"] = tuple(
        Addition(part, path, says)
        for part, files in values.pop("adds", {}).items()
        for path, says in files.items()
    )
    values["stations"] = tuple(Station(**station) for station in values.pop("station", ()))
    return Checkpoint(folder=inside if slug[0].isdigit() else root / slug, **values)


def _goal(entry: dict) -> Goal:
    values = _with_tuples(entry)
    hints = tuple(
        Hint(**{**hint, "code": hint.get("code", "").strip("\n")})
        for hint in values.pop("hint", ())
    )
    return Goal(hints=hints, **values)


def _with_tuples(entry: dict) -> dict:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def _aliases(checkpoint: Checkpoint) -> set[str]:
    number = checkpoint.number
    short = checkpoint.slug.removeprefix(f"{number}-")
    return {checkpoint.slug, short, number, number.lstrip("0")} - {""}
