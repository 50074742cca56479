"""Compile requirements/*.txt from the groups of pyproject.toml."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from workshop import course
from workshop.environment import child_environment
from workshop.errors import WorkshopError

GROUPS = ("run", "test", "docs", "load", "lab", "lite", "dev")  # each agrees with those before it
COMPILE = (
    *("-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
    *("--no-header", "--python-version", "3.11"),
)


def run(root: Path = course.ROOT, upgrade: Sequence[str] = ()) -> list[Path]:
    """Compile the pins of every group; return the files.

    A pin stays as it is while pyproject.toml allows it; the packages in `upgrade` get their newest
    version, all of them where it holds "*". Raises WorkshopError where no versions fit together.
    """
    written = []
    for group in GROUPS:
        agreeing = [word for pins in written for word in ("-c", str(pins))]
        pins = Path("requirements", f"{group}.txt")
        options = ["-o", str(pins)]
        options += ["pyproject.toml"] if group == "run" else ["--group", group, *agreeing]
        for name in upgrade:
            options += ["--upgrade"] if name == "*" else ["--upgrade-package", name]
        command = [sys.executable, *COMPILE, *options]
        if subprocess.run(command, cwd=root, env=child_environment()).returncode:
            raise WorkshopError(f"No versions fit together for {pins}: see above.")
        written.append(pins)
    return written
