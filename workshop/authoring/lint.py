"""Check style, formatting, templates, spelling and imports without running anything."""

import os
import subprocess
import sys
from pathlib import Path

from workshop.base.environment import child_environment
from workshop.base.paths import ROOT

IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CHECKS = {
    "ruff check": ("-m", "ruff", "check", "--quiet", "."),
    "ruff format --check": ("-m", "ruff", "format", "--check", "--quiet", "."),
    "djlint --lint": ("-m", "djlint", "--lint", "--quiet", "."),
    "codespell": ("-m", "codespell_lib", "."),
    "lint-imports": ("-c", IMPORTS, "--no-logo", "--no-cache"),
}


def run(root: Path = ROOT) -> list[str]:
    """Run every check under `root`. Prints the output of failed checks and returns their names."""
    path = os.pathsep.join([str(root), str(root / "channels-doctor" / "src")])
    environment = child_environment(PYTHONPATH=path)
    failed = []
    for name, arguments in CHECKS.items():
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        if done.returncode:
            print(done.stdout, flush=True)
            failed.append(name)
    return failed
