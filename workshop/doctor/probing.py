"""Start a probe in the examined project's own process, and read what it answers."""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from workshop.doctor.project import Project
from workshop.environment import child_environment
from workshop.errors import WorkshopError

ENTRY = Path(__file__).parent / "probe" / "entry.py"
PATIENCE = 60  # seconds until a project that says nothing counts as hanging


class Hangs(Exception):
    """The project did not answer within PATIENCE."""


def environment(**extra: str) -> dict[str, str]:
    """Return what a probe's process gets: nothing of ours, and it leaves no bytecode behind."""
    kept = child_environment(PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1", **extra)
    for name in ("PYTHONWARNINGS", "PYTHONSAFEPATH", "VIRTUAL_ENV"):
        if name not in extra:
            kept.pop(name, None)
    return kept


def command(project: Project, request: Path) -> list[str]:
    """Return the command that runs the probe which the file `request` describes."""
    return [project.python, "-B", str(ENTRY), str(request)]


@contextlib.contextmanager
def asked(project: Project, probe: str, **more) -> Iterator[tuple[Path, Path]]:
    """Yield the file that asks `probe` its question, and the one that will hold its answer."""
    with tempfile.TemporaryDirectory(prefix="workshop-doctor-") as folder:
        request, answer = Path(folder, "request.json"), Path(folder, "answer.json")
        question = {
            "probe": probe,
            "folder": os.path.realpath(project.folder),
            "settings": project.settings,
            "answer": str(answer),
            **more,
        }
        request.write_text(json.dumps(question), encoding="utf-8")
        yield request, answer


def ask(project: Project, probe: str, variables: dict[str, str] | None = None, **more) -> dict:
    """Return what `probe` finds in `project`. Raises Hangs, or WorkshopError where it ends early.

    The answer holds "error" where the project's own code raised.
    """
    with asked(project, probe, **more) as (request, answer):
        try:
            done = subprocess.run(
                command(project, request),
                env=environment(**(variables or {})),
                cwd=project.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                encoding="utf-8",
                errors="replace",
                timeout=PATIENCE,
            )
        except subprocess.TimeoutExpired:
            raise Hangs from None
        except OSError as error:
            raise WorkshopError(
                f"The Python at {project.python} does not start ({error.strerror}): "
                "choose another with --python."
            ) from error
        return read(answer, done.stdout + done.stderr)


def read(answer: Path, output: str) -> dict:
    """Return what `answer` holds. Raises WorkshopError, with the end of `output`, without one."""
    if not answer.is_file():
        last = (output.strip().splitlines() or ["it said nothing"])[-1]
        raise WorkshopError(f"The project's process ended before it could be examined: {last}")
    return json.loads(answer.read_text(encoding="utf-8"))
