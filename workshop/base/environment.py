"""The environment variables that the workshop's child processes get. Standard library only."""

import os

DROPPED = (
    "PYTHONDONTWRITEBYTECODE",  # every child would compile every module again
    "PYTHONHOME",
    "__PYVENV_LAUNCHER__",
    "DJANGO_SETTINGS_MODULE",  # belongs to another of the learner's projects
)


def child_environment(**extra: str) -> dict[str, str]:
    """Return a copy of this process's environment for a child, with `extra` added."""
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    return kept | extra


def is_ci() -> bool:
    """Return whether this is a CI machine: CI is set, and not to "false" or similar."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false", "no")
