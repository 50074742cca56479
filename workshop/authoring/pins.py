"""Compile the groups of pyproject.toml, and the finished app's requirements, into pins."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT

# Each group is compatible with those before it.
GROUPS = ("run", "test", "docs", "load", "layers", "lab", "lite", "dev", "learn")
OF_THE_APP = Path("final", "requirements.txt")  # the image installs these tested versions
COMPILE = (
    *("-m", "uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes"),
    *("--no-header", "--python-version", "3.11"),
)


def run(root: Path = ROOT, upgrade: Sequence[str] = ()) -> list[Path]:
    """Compile the pins of every group, and return the files.

    A pin stays as it is while pyproject.toml allows it. The packages in `upgrade` get their newest
    version; "*" upgrades all of them. Raises WorkshopError if no versions are compatible.
    """
    written = []
    for group in GROUPS:
        agreeing = [word for pins in written for word in ("-c", str(pins))]
        pins = Path("requirements", f"{group}.txt")
        sources = ["pyproject.toml"] if group == "run" else ["--group", group, *agreeing]
        compile_pins(root, pins, sources, upgrade)
        written.append(pins)
    tested = Path("requirements", "test.txt")
    compile_pins(root, OF_THE_APP, ["final/requirements.in", "-c", str(tested)], upgrade)
    return [*written, OF_THE_APP]


def compile_pins(root: Path, pins: Path, sources: Sequence[str], upgrade: Sequence[str]) -> None:
    """Compile `sources` into the file `pins`. Raises WorkshopError on incompatible versions."""
    options = ["-o", str(pins), *sources]
    for name in upgrade:
        options += ["--upgrade"] if name == "*" else ["--upgrade-package", name]
    command = [sys.executable, *COMPILE, *options]
    if subprocess.run(command, cwd=root, env=child_environment()).returncode:
        raise WorkshopError(f"There are no compatible versions for {pins}: see above.")
