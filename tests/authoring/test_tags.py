"""A branch has one commit per step, and each tag is a project that passes its own tests."""

import shutil
import subprocess
import sys

import pytest

from workshop.authoring import tags
from workshop.authoring.testing.suites import PLUGINS
from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.services import chromium, redis_server

needs_git = pytest.mark.skipif(not shutil.which("git"), reason="there is no git here")
pytestmark = needs_git
STEPS = catalog.load()
BEFORE = dict(zip(STEPS[1:-1], STEPS, strict=False))


def lines(course, *words):
    return course.git(*words).decode().splitlines()


def test_the_branch_has_one_commit_per_step_with_its_files(committed):
    made = tags.make(committed.root)
    assert lines(committed, "log", "--reverse", "--format=%s", "steps", "--") == [
        "01-one: One",
        "02-two: Two",
        "03-three: Three",
        "final: Final",
    ]
    assert [step.tag for step in made] == ["step-01", "step-02", "step-03", "final"]
    assert lines(committed, "ls-tree", "--name-only", "step-02") == ["README.md", "app.py"]
    content = committed.git("show", "step-02:app.py").decode()
    assert content == committed.read("steps/02-two")


def test_the_change_between_two_tags_is_the_lesson(committed):
    tags.make(committed.root)
    changed = committed.git("diff", "step-02", "step-03", "--", "app.py").decode()
    assert "+line 15 of three" in changed
    assert "line 5" not in [line[1:7] for line in changed.splitlines() if line[0] in "+-"]


def test_tagging_again_changes_nothing(committed):
    first = tags.make(committed.root)
    again = tags.make(committed.root)
    assert [step.commit for step in again] == [step.commit for step in first]
    assert all(step.is_new for step in first)
    assert not any(step.is_new for step in again)


def test_only_steps_from_a_change_on_get_new_commits(committed):
    tags.make(committed.root)
    committed.replace("steps/02-two", "app.py", "line 9\n", "line 9 of two\n")
    uncommitted = tags.make(committed.root)
    assert not any(step.is_new for step in uncommitted)
    committed.commit()
    assert [step.is_new for step in tags.make(committed.root)] == [False, True, True, True]


def test_the_files_and_the_branch_that_are_checked_out_stay(committed):
    branch = lines(committed, "branch", "--show-current")
    tags.make(committed.root)
    assert lines(committed, "branch", "--show-current") == branch
    assert lines(committed, "status", "--porcelain") == []


def test_someone_elses_tag_is_not_moved(committed):
    committed.git("tag", "step-02")
    with pytest.raises(WorkshopError, match="The tag step-02 isn't on the branch steps"):
        tags.make(committed.root)


def test_someone_elses_branch_is_not_moved(committed):
    committed.git("branch", "steps")
    with pytest.raises(WorkshopError, match="The branch steps isn't one that this command made"):
        tags.make(committed.root)


def test_an_uncommitted_step_is_named(mini):
    mini.git("add", "final")
    mini.git("commit", "-q", "-m", "only the finished app")
    with pytest.raises(WorkshopError, match="steps/01-one isn't committed in HEAD"):
        tags.make(mini.root)


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """A clone of this repository with its tags, to check out."""
    place = tmp_path_factory.mktemp("clone") / "workshop"
    git("clone", "--quiet", "--no-tags", ROOT, place, cwd=ROOT)
    git("fetch", "--quiet", "--no-tags", ROOT, "HEAD", cwd=place)
    git("checkout", "--quiet", "FETCH_HEAD", cwd=place)
    tags.make(place)
    return place


@pytest.mark.slow
@pytest.mark.timeout(900)  # a busy machine takes minutes
@pytest.mark.parametrize("step", STEPS, ids=tags.tag_of)
def test_a_tag_checks_out_and_passes_its_tests(clone, step, tmp_path):
    """Except for the browser tests that it shares with the previous step."""
    folder = tmp_path / "checked out"
    git("worktree", "add", "--quiet", "--detach", folder, tags.tag_of(step), cwd=clone)
    words = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-q", "-m", "not slow"]
    variables = {"PYTHONPATH": str(PLUGINS), **chromium.environment()}
    if step in BEFORE:
        words += ["-p", "carried"]
        variables["PREVIOUS_TESTS"] = str(BEFORE[step].folder / "tests")
        variables["COSTLY"] = "browser"
    with redis_server.private() as redis:
        done = subprocess.run(
            words,
            cwd=folder,
            env=child_environment(REDIS_URL=redis.url, **variables),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert git("status", "--porcelain", cwd=folder) == b""


def git(*words, cwd):
    command = ["git", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, check=True).stdout
