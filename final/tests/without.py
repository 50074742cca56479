"""Runs some of these tests again without one of the apps, or with other settings."""

import os
import subprocess
import sys

from tests.server import PROJECT


def run_tests(settings, files, **environment):
    """Run the quick tests in these files with the settings module `settings`. All must pass."""
    options = ["-c", "pytest.ini", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"--ds={settings}", *options]
        + [f"tests/{name}" for name in files],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
