"""Look the repository over without running it: style, formatting, templates, spelling."""

import subprocess
import sys
from pathlib import Path

from workshop import course
from workshop.environment import child_environment

CHECKS = (
    ("ruff", "check", "--quiet", "."),
    ("ruff", "format", "--check", "--quiet", "."),
    ("djlint", "--lint", "--quiet", "."),
    ("codespell_lib", "."),
)


def run(root: Path = course.ROOT) -> list[str]:
    """Run every check below `root`, which prints what it finds; return the names of the failed."""
    failed = []
    for module, *arguments in CHECKS:
        command = [sys.executable, "-m", module, *arguments]
        if subprocess.run(command, cwd=root, env=child_environment()).returncode:
            failed.append(" ".join([module.removesuffix("_lib"), *arguments[:-1]]))
    return failed
