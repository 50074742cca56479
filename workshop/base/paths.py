"""The location and version of this copy of the workshop. Standard library only."""

import os
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def version(root: Path = ROOT) -> str:
    """Return the version of the copy at `root`, such as 1.0.0."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["project"]["version"]


def projects_folder(root: Path = ROOT) -> Path:
    """Return where a learner's project goes: the clone, or where the wheel was called."""
    return Path(os.environ.get("WORKSHOP_PROJECTS") or root)
