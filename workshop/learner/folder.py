"""The learner's own folder: find it, start it, let it become a later checkpoint."""

import contextlib
import json
import os
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

from workshop import course
from workshop.course import Checkpoint
from workshop.errors import UsageError, WorkshopError
from workshop.learner.progress import Progress
from workshop.tree import PROGRESS, files
from workshop.writing import write_all

DEFAULT = "my-chat"


def find(name: str | None, root: Path = course.ROOT) -> Path:
    """Return the learner's folder: `name`, or the one they are in, or the one started last.

    Raises WorkshopError where it is not there, UsageError where it is not a learner's.
    """
    folder = Path(name).absolute() if name else _usual(root)
    if not folder.is_dir():
        where = f"{_start(name)} makes it."
        raise WorkshopError(f"There is no folder {shown(folder)} yet: {where}")
    if folder.is_relative_to(root) and folder.relative_to(root).parts[:1] in [
        ("steps",),
        ("final",),
    ]:
        raise UsageError(f"{shown(folder)} is the workshop's own: name a folder of yours.")
    if folder == root or not ((folder / PROGRESS).exists() or (folder / "manage.py").exists()):
        raise UsageError(
            f"{shown(folder)} holds no Django project: {_start(None)} makes one, or name yours."
        )
    return folder


def start(name: str | None, step: Checkpoint, root: Path = course.ROOT) -> Path:
    """Make the folder `name` as a copy of `step`; the steps before count as done.

    Raises WorkshopError where something is there already: it is left as it is.
    """
    folder = Path(name).absolute() if name else root / DEFAULT
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
            os.replace(fresh, folder) if os.name != "nt" else _replace_on_windows(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    _remember(folder, root)
    return folder


def catch_up(folder: Path, step: Checkpoint, root: Path = course.ROOT) -> Path:
    """Let `folder` become a copy of `step`; return where what it held is kept.

    A database, a virtual environment and .env stay as they are. Whenever this is interrupted, the
    kept copy is whole before anything is changed. Raises WorkshopError where it cannot be written.
    """
    had, wanted = files(folder), files(step.folder)
    with _own_errors(folder):
        kept = _keep(folder, had)
        contents: dict[Path, bytes | None] = {folder / inside: None for inside in had}
        contents |= {folder / inside: path.read_bytes() for inside, path in wanted.items()}
        modes = {folder / inside: path for inside, path in wanted.items()}
        write_all(contents, modes)
        _begin_at(step, folder, root)
    return kept


def shown(path: Path) -> str:
    """Return `path` as a person writes it from where they are."""
    with contextlib.suppress(ValueError):
        relative = path.relative_to(Path.cwd())
        return str(relative) if relative.parts else "this folder"
    return str(path)


def _usual(root: Path) -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / PROGRESS).is_file():
            return folder
    with contextlib.suppress(OSError, ValueError, TypeError):
        last = Path(json.loads((root / ".workshop" / "learner.json").read_text("utf-8")))
        if last.is_dir():
            return last
    return root / DEFAULT


def _remember(folder: Path, root: Path) -> None:
    state = root / ".workshop"
    with contextlib.suppress(OSError):  # a comfort, no more
        state.mkdir(exist_ok=True)
        (state / "learner.json").write_text(json.dumps(str(folder)), encoding="utf-8")


def _begin_at(step: Checkpoint, folder: Path, root: Path) -> None:
    steps = course.steps(root)
    with contextlib.suppress(WorkshopError):
        progress = Progress.of(folder)
        progress.finish(steps[: steps.index(step)])
        progress.unmet = progress.seen = ""
        for later in steps[steps.index(step) :]:
            progress.done.pop(later.slug, None)
        progress.save()


def _keep(folder: Path, had: dict[str, Path]) -> Path:
    """Copy what the learner wrote to a dated folder beside theirs, whole or not at all."""
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
            f"`python3 -m workshop check{again}`, or start another one with a name of its own, "
            "`python3 -m workshop start my-chat-2`."
        )
    return (
        f"{shown(folder)} exists already, and nothing in it was changed: choose another name, for "
        "example `python3 -m workshop start my-chat-2`."
    )


def _start(name: str | None) -> str:
    return f"`python3 -m workshop start{f' {name}' if name else ''}`"


@contextlib.contextmanager
def _own_errors(folder: Path):
    try:
        yield
    except OSError as error:
        raise WorkshopError(
            f"{shown(Path(error.filename or folder))} cannot be written ({error.strerror}): "
            "nothing of yours was lost. Mend that, then run the same command again."
        ) from error
