"""Learners' folders in every state that the tests need."""

import shutil
from pathlib import Path

import pytest

from workshop.course import catalog
from workshop.learner.check import check as judge

HERE = Path(__file__).parent
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "db.sqlite3*", "README.md", "tests")


@pytest.fixture(scope="session")
def project_of(tmp_path_factory):
    """Make a learner's folder that holds a checkpoint, with the files of `overlay` on top."""

    def make(step, overlay=None):
        folder = tmp_path_factory.mktemp("learner") / "my-chat"
        shutil.copytree(catalog.find(step).folder, folder, ignore=LEFT_BY_RUNNING)
        if overlay:
            shutil.copytree(overlay, folder, dirs_exist_ok=True, ignore=LEFT_BY_RUNNING)
        return folder

    return make


def own_goals_of(slug, *, without=()):
    """Return what chooses the goals of one step, to spare the tests of those before."""
    return lambda step, goal: step.slug == slug and goal.beside not in without


def report(verdict):
    """Return what a verdict says in words, to show in a test that failed."""
    lines = [f"{one.status}: {one.goal.says} {one.reason}" for one in verdict.judged]
    return "\n".join([*lines, str(verdict.finding), verdict.log[-3000:]])


__all__ = ["judge", "own_goals_of", "report"]
