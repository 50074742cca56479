"""Learners' folders in all the states that the tests need."""

import os
import shutil
from pathlib import Path

import pytest

from workshop.course import catalog
from workshop.learner.check import check as judge
from workshop.services import redis_server

DATABASES_EACH = 8  # Redis databases for each worker, more than a check uses
HERE = Path(__file__).parent
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "db.sqlite3*", "README.md", "tests")


@pytest.fixture(scope="session", autouse=True)
def own_databases():
    """Give each process of pytest-xdist Redis databases of its own, because checks use the same."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = os.environ.get("REDIS_URL")
    with pytest.MonkeyPatch.context() as patch:
        if url:
            own = redis_server.other_database(url, worker * DATABASES_EACH)
            patch.setenv("REDIS_URL", own)
        yield


@pytest.fixture(scope="session")
def project_of(tmp_path_factory):
    """Create a learner's folder with a checkpoint, and the files of `overlay` on top."""

    def make(step, overlay=None):
        folder = tmp_path_factory.mktemp("learner") / "my-chat"
        shutil.copytree(catalog.find(step).folder, folder, ignore=LEFT_BY_RUNNING)
        if overlay:
            shutil.copytree(overlay, folder, dirs_exist_ok=True, ignore=LEFT_BY_RUNNING)
        return folder

    return make


def own_goals_of(slug, *, without=()):
    """Return an option that limits the goals to one step, to skip earlier steps' tests."""
    return lambda step, goal: step.slug == slug and goal.beside not in without


def report(verdict):
    """Return a verdict as text, to show when a test fails."""
    lines = [f"{one.status}: {one.goal.says} {one.reason}" for one in verdict.judged]
    return "\n".join([*lines, str(verdict.finding), verdict.log[-3000:]])


__all__ = ["judge", "own_goals_of", "report"]
