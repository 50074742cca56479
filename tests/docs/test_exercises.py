"""Each exercise's solution, as its page shows it, solves it; without it, it is unsolved."""

import os
import shutil
import subprocess
import sys

import pytest
from sources import directives

from workshop import course, redis_server, teaching
from workshop.environment import child_environment
from workshop.errors import WorkshopError

EXERCISES = teaching.load().exercises
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "db.sqlite3*")


@pytest.fixture
def redis_url():
    """The address of a Redis; without one the test is skipped, and fails where CI is set."""
    try:
        with redis_server.running() as redis:
            yield redis.url
    except WorkshopError as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))


def by_slug(exercise):
    return exercise.slug


def solved(exercise, project, environment):
    """Run the exercise's test in `project`; return whether it passes, and what it prints."""
    name = f"test_{exercise.slug.replace('-', '_')}.py"
    shutil.copy(exercise.folder() / name, project / "tests")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{name}"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.timeout(600)  # a busy machine takes minutes
@pytest.mark.parametrize("exercise", EXERCISES, ids=by_slug)
def test_the_solution_solves_it_and_nothing_less_does(exercise, tmp_path, request):
    step = course.find(exercise.checkpoint)
    extra = {"REDIS_URL": request.getfixturevalue("redis_url")} if "redis" in step.needs else {}
    environment = child_environment(PYTEST_ADDOPTS="", **extra)
    project = tmp_path / "project"
    shutil.copytree(step.folder, project, ignore=LEFT_BY_RUNNING)
    code, words = solved(exercise, project, environment)
    assert code == 1, words
    patch = exercise.folder() / f"{exercise.slug}.diff"
    done = subprocess.run(
        ["git", "apply", "--verbose", str(patch)],
        cwd=project,
        env=child_environment(GIT_CEILING_DIRECTORIES=str(tmp_path)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    code, words = solved(exercise, project, environment)
    assert code == 0, words


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_slug)
def test_its_page_asks_for_it_and_shows_the_solution(exercise):
    number = course.find(exercise.checkpoint).number
    found = directives(f"chapters/{exercise.checkpoint}.md")
    assert ("exercises", [number]) in found
    path = f"docs/exercises/{exercise.checkpoint}/{exercise.slug}.diff"
    assert ("patch", [path]) in found


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_slug)
def test_it_takes_ten_to_fifteen_minutes(exercise):
    assert 10 <= exercise.minutes <= 15
    assert exercise.minutes < course.find(exercise.checkpoint).minutes
