"""Each exercise's solution on its page solves it, and without the solution it's unsolved."""

import os
import shutil
import subprocess
import sys

import patience
import pytest
from doc_pages import directives

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.course import catalog, teaching
from workshop.services import redis_server

pytestmark = pytest.mark.slow

EXERCISES = teaching.load().exercises
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "db.sqlite3*")


@pytest.fixture
def redis_url():
    """The URL of a Redis. Without one, the test is skipped, or fails on CI."""
    try:
        with redis_server.running() as redis:
            yield redis.url
    except WorkshopError as error:
        pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))


def by_slug(exercise):
    return exercise.slug


def solved(exercise, project, environment):
    """Run the exercise's test in `project`. Returns whether it passes, and its output."""
    name = f"test_{exercise.slug.replace('-', '_')}.py"
    shutil.copy(exercise.folder() / name, project / "tests")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"tests/{name}"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
    )
    return done.returncode, done.stdout + done.stderr


def apply(slug, exercise, project):
    """Apply the solution `slug` from the exercise's checkpoint to the project."""
    done = subprocess.run(
        ["git", "apply", "--verbose", str(exercise.folder() / f"{slug}.diff")],
        cwd=project,
        env=child_environment(GIT_CEILING_DIRECTORIES=str(project.parent)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(600)  # a busy machine takes minutes
@pytest.mark.parametrize("exercise", EXERCISES, ids=by_slug)
def test_the_solution_passes_and_the_checkpoint_alone_fails(exercise, tmp_path, request):
    step = catalog.find(exercise.checkpoint)
    extra = {"REDIS_URL": request.getfixturevalue("redis_url")} if "redis" in step.needs else {}
    environment = child_environment(PYTEST_ADDOPTS="", **extra)
    project = tmp_path / "project"
    shutil.copytree(step.folder, project, ignore=LEFT_BY_RUNNING)
    if exercise.after:
        apply(exercise.after, exercise, project)
    code, words = solved(exercise, project, environment)
    assert code == 1, words
    apply(exercise.slug, exercise, project)
    code, words = solved(exercise, project, environment)
    assert code == 0, words


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_slug)
def test_the_chapter_has_the_exercise_and_its_solution(exercise):
    number = catalog.find(exercise.checkpoint).number
    found = directives(f"chapters/{exercise.checkpoint}.md")
    first = next(one for one in EXERCISES if one.checkpoint == exercise.checkpoint)
    wanted = [[number, exercise.slug]] + ([[number]] if exercise is first else [])
    assert any(("exercises", words) in found for words in wanted)
    path = f"docs/exercises/{exercise.checkpoint}/{exercise.slug}.diff"
    assert ("patch", [path]) in found


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_slug)
def test_an_exercise_takes_ten_to_fifteen_minutes_and_an_extra_one_up_to_thirty(exercise):
    assert 10 <= exercise.minutes <= (30 if exercise.extra else 15)
    assert exercise.minutes < catalog.find(exercise.checkpoint).minutes


@pytest.mark.parametrize("checkpoint", sorted({one.checkpoint for one in EXERCISES}))
def test_a_chapter_has_up_to_three_exercises_of_which_one_is_in_its_minutes(checkpoint):
    of_chapter = [one for one in EXERCISES if one.checkpoint == checkpoint]
    assert len(of_chapter) <= 3
    assert [one.extra for one in of_chapter] == [False, *[True] * (len(of_chapter) - 1)]
    slugs = [one.slug for one in of_chapter]
    assert all(one.after in slugs[: slugs.index(one.slug)] for one in of_chapter if one.after)
