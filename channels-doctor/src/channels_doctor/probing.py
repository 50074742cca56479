"""Start a probe in the examined project's own process, and read its answer."""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from channels_doctor.errors import DoctorError
from channels_doctor.project import DjangoProject
from channels_doctor.redaction.secrets import masked

ENTRY = Path(__file__).parent / "probe" / "entry.py"
PATIENCE = 60  # after this many silent seconds, a project counts as hanging
DROPPED = (
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
    "DJANGO_SETTINGS_MODULE",  # of another project
)


class Hangs(Exception):
    """The project didn't answer within PATIENCE."""


def child_environment(**extra: str) -> dict[str, str]:
    """Return a copy of this process's environment for a child, with `extra` added."""
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    return kept | extra


def environment(**extra: str) -> dict[str, str]:
    """Return a probe's environment, which hides our packages and disables bytecode files."""
    kept = child_environment(PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1", **extra)
    for name in ("PYTHONWARNINGS", "PYTHONSAFEPATH", "VIRTUAL_ENV"):
        if name not in extra:
            kept.pop(name, None)
    return kept


def command(project: DjangoProject, request: Path) -> list[str]:
    """Return the command that runs the probe described in the file `request`."""
    return [project.python, "-B", str(ENTRY), str(request)]


@contextlib.contextmanager
def asked(project: DjangoProject, probe: str, **more) -> Iterator[tuple[Path, Path]]:
    """Yield the request file for `probe`, and the file for its answer."""
    with tempfile.TemporaryDirectory(prefix="channels-doctor-") as folder:
        request, answer = Path(folder, "request.json"), Path(folder, "answer.json")
        question = {
            "probe": probe,
            "folder": os.path.realpath(project.folder),
            "settings": project.settings,
            "paths": [os.path.realpath(path) for path in project.paths],
            "answer": str(answer),
            **more,
        }
        request.write_text(json.dumps(question), encoding="utf-8")
        yield request, answer


def ask(
    project: DjangoProject, probe: str, variables: dict[str, str] | None = None, **more
) -> dict:
    """Return what `probe` finds in `project`. Raises Hangs, or DoctorError if it ends early.

    If the project's own code raised an exception, the answer contains "error".
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
            raise DoctorError(
                f"The Python at {project.python} doesn't start ({error.strerror}): "
                "choose another with --python."
            ) from error
        return read(answer, done.stdout + done.stderr)


def read(answer: Path, output: str) -> dict:
    """Return the content of `answer`, or raise DoctorError with the end of `output`."""
    if not answer.is_file():
        last = (output.strip().splitlines() or ["it said nothing"])[-1]
        words = f"The project's process ended before it could be examined: {last}"
        raise DoctorError(masked(words))
    return json.loads(answer.read_text(encoding="utf-8"))
