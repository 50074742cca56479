"""The learner's folder: find it, create it, or replace it with a later checkpoint."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from workshop.base.atomic_write import write_all
from workshop.base.commands import PROGRAM
from workshop.base.errors import UsageError, WorkshopError
from workshop.base.paths import ROOT, projects_folder
from workshop.base.project_files import PROGRESS, files
from workshop.course import catalog
from workshop.course.catalog import Checkpoint
from workshop.learner import database, own_files, versions
from workshop.learner.progress import Progress

DEFAULT = "my-chat"


@dataclass(frozen=True)
class Kept:
    """The copy that `catch_up` made next to the learner's folder, in `folder`.

    If it `has_database`, it includes a copy of a filled database. If that `is_usable`, the step can
    use the database, which therefore also stayed in place.
    """

    folder: Path
    has_database: bool = False
    is_usable: bool = True


def find(name: str | None, root: Path = ROOT) -> Path:
    """Return the learner's folder: `name`, or else the current one, or the one started last.

    Raises WorkshopError if it doesn't exist, and UsageError if it isn't a learner's.
    """
    folder = Path(name).absolute() if name else _usual(root)
    if not folder.is_dir():
        where = f"{_start(name)} creates it."
        raise WorkshopError(f"There is no folder {shown(folder)} yet: {where}")
    if _is_the_workshops(folder, root):
        raise UsageError(f"{shown(folder)} belongs to the workshop: choose another folder.")
    if folder == root or not ((folder / PROGRESS).exists() or (folder / "manage.py").exists()):
        raise UsageError(
            f"{shown(folder)} has no Django project: {_start(None)} creates one, or name yours."
        )
    return folder


def finished_steps(root: Path = ROOT) -> list[str]:
    """Return the slugs of the finished steps in the learner's usual project, if there is one.

    If its progress can't be read, none are finished.
    """
    try:
        return sorted(Progress.of(find(None, root)).done)
    except WorkshopError:
        return []


def step_or_folder(
    name: str | None, step: str | None = None, root: Path = ROOT
) -> tuple[str | None, str | None]:
    """Return the folder and step for the argument `name` and the option `step`.

    A step's number or name means the step, as it does for `diff`; ./NAME is always a folder. Raises
    UsageError for two steps at once, or for a number that isn't a step's.
    """
    if not name or not is_step(name, root):
        return name, step
    if step:
        raise UsageError(f"{name} and --step {step} both name a step: give one of them.")
    return None, name


def is_step(name: str, root: Path = ROOT) -> bool:
    """Return whether `name` is a step's name, not a folder's.

    Raises UsageError for a number that isn't a step's.
    """
    if any(mark in name for mark in "/\\") or name in (".", ".."):
        return False
    has_number = name.partition("-")[0].isdigit()
    if Path(name).is_dir() and (not has_number or not _is_checkpoint(name, root)):
        return False
    if has_number and name.isdigit():
        catalog.find(name, root)
    return _is_checkpoint(name, root)


def _is_checkpoint(name: str, root: Path) -> bool:
    try:
        catalog.find(name, root)
    except UsageError:
        return False
    return True


def start(name: str | None, step: Checkpoint, root: Path = ROOT) -> Path:
    """Create the folder `name` as a copy of `step`, with the previous steps marked as done.

    Raises WorkshopError if something exists there, and leaves it unchanged. Raises UsageError if
    the name is a step's, because all commands would take it for the step.
    """
    if name and name.partition("-")[0].isdigit() and is_step(name, root):
        raise UsageError(
            f"{name} is the name of a step: `{PROGRAM} start --from {name}` begins with "
            f"its code. For a folder of that name write ./{name}."
        )
    folder = Path(name).absolute() if name else projects_folder(root) / DEFAULT
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise WorkshopError(_taken(folder, step, name))
    with _own_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}-unfinished-", dir=folder.parent))
        try:
            fresh.chmod(0o755)
            for inside, source in files(step.folder).items():
                (fresh / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, fresh / inside)
            _begin_at(step, fresh, root)
            own_files.add(fresh, root)
            os.replace(fresh, folder) if os.name != "nt" else _replace_on_windows(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    versions.forget(folder, root)  # of a project that was here before
    _remember(folder, root)
    return folder


def catch_up(folder: Path, step: Checkpoint, root: Path = ROOT) -> Kept:
    """Replace `folder` with a copy of `step`, and return where its old content is kept.

    A virtual environment and .env stay unchanged, and so does a database that the step can use.
    Even if this is interrupted, the kept copy is complete before anything is changed. Raises
    WorkshopError if it can't be written.
    """
    had, wanted = files(folder), files(step.folder)
    with _own_errors(folder):
        is_filled = database.is_filled(folder)
        is_usable = not is_filled or database.fits(folder, step)
        kept = Kept(_keep(folder, had, is_filled), is_filled, is_usable)
        gone = [] if is_usable else database.paths(folder)
        contents: dict[Path, bytes | None] = {folder / inside: None for inside in had}
        contents |= dict.fromkeys(gone)
        contents |= {folder / inside: path.read_bytes() for inside, path in wanted.items()}
        modes = {folder / inside: path for inside, path in wanted.items()}
        write_all(contents, modes)
        versions.forget(folder, root)
        _begin_at(step, folder, root)
        own_files.add(folder, root)
    return kept


def edited_steps(root: Path = ROOT) -> list[str]:
    """Return the steps' files that have been edited since the clone, according to git.

    Learners sometimes edit them by mistake, instead of their own files.
    """
    command = ["git", "diff", "--name-only", "HEAD", "--", "steps"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=True, encoding="utf-8")
    except (OSError, subprocess.CalledProcessError):
        return []  # no git, or the copy isn't a clone
    return [line for line in done.stdout.splitlines() if line != "steps/course.toml"]


def shown(path: Path) -> str:
    """Return `path` as people would type it in the current folder."""
    with contextlib.suppress(ValueError):
        relative = path.relative_to(Path.cwd())
        return str(relative) if relative.parts else "this folder"
    return str(path)


def _is_the_workshops(folder: Path, root: Path) -> bool:
    """Return whether `folder` is in the steps or in the finished app."""
    parts = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
    return parts[:1] in [("steps",), ("final",)]


def _usual(root: Path) -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        is_own = (folder / "manage.py").is_file() and not _is_the_workshops(folder, root)
        if is_own or (folder / PROGRESS).is_file():
            return folder
    with contextlib.suppress(OSError, ValueError, TypeError):
        last = Path(json.loads((root / ".workshop" / "learner.json").read_text("utf-8-sig")))
        if last.is_dir():
            return last
    return projects_folder(root) / DEFAULT


def _remember(folder: Path, root: Path) -> None:
    state = root / ".workshop"
    with contextlib.suppress(OSError):  # only for convenience
        state.mkdir(exist_ok=True)
        (state / "learner.json").write_text(json.dumps(str(folder)), encoding="utf-8")


def _begin_at(step: Checkpoint, folder: Path, root: Path) -> None:
    steps = catalog.steps(root)
    with contextlib.suppress(WorkshopError):
        progress = Progress.of(folder)
        progress.finish(steps[: steps.index(step)])
        progress.unmet = progress.seen = progress.hinted = ""
        progress.found = None
        for later in steps[steps.index(step) + 1 :]:
            progress.done.pop(later.slug, None)
        progress.save()


def _keep(folder: Path, had: dict[str, Path], has_database: bool) -> Path:
    """Copy the learner's files to a dated folder next to theirs, completely or not at all."""
    stamp = datetime.now().strftime("%Y-%m-%d-%H%M%S")
    names = (f"{folder.name}-{stamp}{more}" for more in ["", *(f"-{n}" for n in range(2, 1000))])
    kept = next(path for path in map(folder.parent.joinpath, names) if not path.exists())
    partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}-unfinished-", dir=folder.parent))
    try:
        partial.chmod(0o755)
        own = [folder / name for name in (PROGRESS, ".env") if (folder / name).is_file()]
        for source in [*had.values(), *own]:
            copy = partial / source.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
        if has_database:
            database.copy(folder, partial)
        os.rename(partial, kept)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return kept


def _replace_on_windows(fresh: Path, folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        folder.rmdir()  # it is empty, or start() would have refused
    os.rename(fresh, folder)


def _taken(folder: Path, step: Checkpoint, name: str | None) -> str:
    again = f" {name}" if name else ""
    if (folder / PROGRESS).exists():
        return (
            f"{shown(folder)} is already yours, and nothing in it was changed: go on with "
            f"`{PROGRAM} check{again}`, or start another one with a different name, "
            f"`{PROGRAM} start my-chat-2`."
        )
    return (
        f"{shown(folder)} exists already, and nothing in it was changed: choose another name, for "
        f"example `{PROGRAM} start my-chat-2`."
    )


def _start(name: str | None) -> str:
    return f"`{PROGRAM} start{f' {name}' if name else ''}`"


@contextlib.contextmanager
def _own_errors(folder: Path):
    try:
        yield
    except OSError as error:
        raise WorkshopError(
            f"{shown(Path(error.filename or folder))} can't be written ({error.strerror}). "
            "Your files are unchanged. Fix the problem, then run the same command again."
        ) from error
