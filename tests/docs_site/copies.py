"""A copy of the workshop to type commands in, and a learner's folder in it."""

import re
import shutil
import subprocess
import sys

import patience
import pytest

from workshop.base.environment import child_environment, is_ci
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.services import redis_server

LEFT_BY_RUNNING = shutil.ignore_patterns(
    *("__pycache__", "db.sqlite3*", ".venv*", ".uv", ".workshop", "packed", "site", "my-chat*"),
    ".git",
)


@pytest.fixture(scope="module")
def own_copy(tmp_path_factory):
    """A copy of the workshop, for commands that write."""
    root = tmp_path_factory.mktemp("typed") / "workshop"
    shutil.copytree(ROOT, root, ignore=LEFT_BY_RUNNING)
    return root


@pytest.fixture(scope="module")
def learner(own_copy):
    """The copy, with checkpoint 04 in a learner's folder."""
    call(own_copy, "start", code=0)
    call(own_copy, "catch-up", "04", code=0)
    return own_copy


@pytest.fixture(scope="module")
def redis():
    """A Redis. Without one, the test is skipped, or fails on CI."""
    try:
        with redis_server.running() as found:
            yield found
    except WorkshopError as error:
        pytest.fail(str(error)) if is_ci() else pytest.skip(str(error))


def call(root, *words, code=None, **environment):
    """Call the tool in the copy `root`. Returns the finished process."""
    return run([sys.executable, "-m", "workshop.cli", *words], root, root, code, **environment)


def run(command, root, folder, code=None, **environment):
    """Run a command in a folder of the copy `root`. Returns the finished process."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=child_environment(PYTHONPATH=str(root), **environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=patience.SECONDS * 5,
    )
    assert code in (None, done.returncode), done.stdout + done.stderr
    return done


class Serving:
    """One of the tool's serving commands, and its output line by line. Stops with the block.

    As on a laptop, no REDIS_URL is set but the one that is given here.
    """

    def __init__(self, root, *words, **given):
        environment = child_environment(PYTHONPATH=str(root), PYTHONUNBUFFERED="1")
        environment.pop("REDIS_URL", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workshop.cli", *words, "--port", "0", "--no-browser"],
            cwd=root,
            env=environment | given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self):
        return self

    def says(self, pattern):
        """Return what the pattern captures in the first line that matches."""
        found = (re.search(pattern, line) for line in self.process.stdout)
        return next(filter(None, found))[1]

    def __exit__(self, *error):
        stop(self.process)
        self.process.stdout.close()
