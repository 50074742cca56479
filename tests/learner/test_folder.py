"""A learner's folder belongs to them: no file in it is overwritten or lost."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import patience
import psutil
import pytest

from workshop.base.paths import ROOT
from workshop.base.project_files import PROGRESS, files
from workshop.course import catalog

pytestmark = pytest.mark.slow

FIRST = catalog.steps()[0]


def contents(folder):
    return {inside: path.read_bytes() for inside, path in files(folder).items()}


@pytest.fixture
def root(copied):
    return copied("01-project", "02-asgi", "03-consumer")


@pytest.fixture
def mine(root, workshop):
    workshop("start", root=root, code=0)
    return root / "my-chat"


def test_start_makes_a_copy_of_the_first_checkpoint(root, workshop):
    said = workshop("start", root=root, code=0).stdout
    assert said.startswith("my-chat is your project. It contains step 01-project.")
    assert contents(root / "my-chat") == contents(root / "steps" / "01-project")
    assert (root / "my-chat" / "pytest.ini").is_file()
    assert json.loads((root / "my-chat" / PROGRESS).read_text())["done"] == {}
    assert "my-chat/" in (ROOT / ".gitignore").read_text().replace("my-chat*/", "my-chat/")


def test_start_from_a_later_step_counts_those_before_as_done(root, workshop):
    workshop("start", "other", "--from", "03", root=root, code=0)
    assert contents(root / "other") == contents(root / "steps" / "03-consumer")
    state = json.loads(workshop("status", "other", "--json", root=root, code=0).stdout)
    assert (state["step"], state["done"]) == ("03-consumer", ["01-project", "02-asgi"])


def test_start_never_overwrites(root, workshop, mine):
    (mine / "chat_app" / "consumers.py").write_text("mine\n")
    before = contents(mine)
    said = workshop("start", root=root, code=1).stderr
    assert "my-chat is already yours, and nothing in it was changed" in said
    (root / "a-file").write_text("also mine")
    (root / "a-folder").mkdir()
    (root / "a-folder" / "note").write_text("mine too")
    for name in ("a-file", "a-folder"):
        assert "exists already" in workshop("start", name, root=root, code=1).stderr
    assert contents(mine) == before
    assert (root / "a-file").read_text() == "also mine"
    assert sorted(path.name for path in root.iterdir() if "unfinished" in path.name) == []


def test_catch_up_keeps_what_was_there_beside_it(root, workshop, mine):
    (mine / "chat_app" / "consumers.py").write_text("mine\n")
    (mine / "chat_project" / "settings.py").write_text("also mine\n")
    with contextlib.closing(sqlite3.connect(mine / "db.sqlite3")) as database:
        database.execute("CREATE TABLE notes (text)")
    rows = (mine / "db.sqlite3").read_bytes()
    (mine / ".env").write_text("KEY=1\n")
    before = contents(mine)
    said = workshop("catch-up", "2", root=root, code=0).stdout
    assert contents(mine) == contents(root / "steps" / "02-asgi")
    assert (mine / "db.sqlite3").read_bytes() == rows
    assert (mine / ".env").read_text() == "KEY=1\n"
    (kept,) = (path for path in root.iterdir() if path.name.startswith("my-chat-20"))
    assert f"Your previous files are in {kept.name}." in said
    assert contents(kept) == before
    assert (kept / PROGRESS).is_file() and (kept / ".env").is_file()
    assert (kept / "db.sqlite3").is_file()


def test_catching_up_twice_in_a_second_keeps_both(root, workshop, mine):
    for step in ("2", "3", "1"):
        workshop("catch-up", step, root=root, code=0)
    kept = [path for path in root.iterdir() if path.name.startswith("my-chat-20")]
    assert len(kept) == 3


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGKILL], ids=["a polite kill", "a hard kill"]
)
def test_a_catch_up_that_is_killed_loses_nothing(root, workshop, mine, clean_environment, number):
    for n in range(1500):
        (mine / "chat_app" / f"mine_{n}.py").write_text(f"mine = {n}\n")
    before = contents(mine)
    command = [sys.executable, "-m", "workshop.cli", "catch-up", "02"]
    for moment in ("unfinished", "my-chat-20"):
        with subprocess.Popen(
            command,
            cwd=root,
            env={**clean_environment, "PYTHONPATH": str(root)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            while process.poll() is None and not any(
                moment in path.name for path in root.iterdir()
            ):
                time.sleep(0.001)
            process.send_signal(number)
        kept = [path for path in root.iterdir() if path.name.startswith("my-chat-20")]
        copies = [contents(mine), *map(contents, kept)]
        assert before in copies, f"what was there is nowhere whole, after a kill at {moment}"
        for folder in root.iterdir():
            if "unfinished" in folder.name:
                shutil.rmtree(folder)
    workshop("catch-up", "02", root=root, code=0)
    assert contents(mine) == contents(root / "steps" / "02-asgi")


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_a_check_that_is_killed_changes_nothing_and_leaves_no_process(
    mine, root, clean_environment, tmp_path
):
    before = contents(mine)
    with subprocess.Popen(
        [sys.executable, "-m", "workshop.cli", "check"],
        cwd=root,
        env={**clean_environment, "PYTHONPATH": str(root), "TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + patience.SECONDS
        while not list(tmp_path.glob("workshop-check-*/0/events.jsonl")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        started = psutil.Process(process.pid).children(recursive=True)
        process.terminate()
    assert process.returncode == 130
    assert started and psutil.wait_procs(started, timeout=patience.SECONDS)[1] == []
    assert contents(mine) == before
    assert list(tmp_path.glob("workshop-check-*")) == []


def test_an_update_of_the_workshop_touches_neither_folder_nor_progress(root, workshop, tmp_path):
    git = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org"]

    def run(*words, cwd):
        subprocess.run([*git, *words], cwd=cwd, check=True, capture_output=True)

    shutil.copy(ROOT / ".gitignore", root)
    run("init", "--quiet", "--initial-branch=main", cwd=root)
    run("add", "--all", cwd=root)
    run("commit", "--quiet", "-m", "The workshop", cwd=root)
    learner = tmp_path / "clone"
    run("clone", "--quiet", str(root), str(learner), cwd=tmp_path)
    workshop("start", root=learner, code=0)
    workshop("check", root=learner, code=0)
    (learner / "my-chat" / "chat_project" / "urls.py").write_text("# mine\n")
    mine = learner / "my-chat"
    before, progress = contents(mine), (mine / PROGRESS).read_bytes()

    course_toml = root / "steps" / "course.toml"
    course_toml.write_text(
        course_toml.read_text("utf-8").replace("minutes = 20", "minutes = 25"), "utf-8"
    )
    (root / "steps" / "01-project" / "chat_project" / "urls.py").write_text("# theirs\n")
    (root / "workshop" / "new.py").write_text("")
    run("add", "--all", cwd=root)
    run("commit", "--quiet", "-m", "News", cwd=root)
    run("pull", "--quiet", cwd=learner)

    assert (learner / "workshop" / "new.py").exists()
    assert contents(mine) == before and (mine / PROGRESS).read_bytes() == progress
    state = json.loads(workshop("status", "--json", root=learner, code=0).stdout)
    assert state["done"] == ["01-project"]
    still_to_do = [step.minutes for step in catalog.steps(learner)[1:]]
    assert state["minutes_left"] == sum(still_to_do)
    assert 25 in still_to_do


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["check"], 1, "There is no folder my-chat yet: `python3 -m workshop start` creates it."),
        (["check", "nowhere"], 1, "There is no folder nowhere yet"),
        (["hint"], 1, "There is no folder my-chat yet"),
        (["status"], 1, "There is no folder my-chat yet"),
        (["catch-up", "2"], 1, "There is no folder my-chat yet"),
        (
            ["catch-up", "2", "steps/01-project"],
            2,
            "belongs to the workshop: choose another folder",
        ),
        (["check", "workshop"], 2, "workshop has no Django project"),
        (["check", "."], 2, "has no Django project"),
        (["start", "x", "--from", "consumr"], 2, "Did you mean 03-consumer?"),
        (["start", "x", "--from", "final"], 2, "for running and reading"),
    ],
)
def test_impossible_requests_get_a_one_sentence_error(root, workshop, words, code, says):
    done = workshop(*words, root=root, code=code)
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_unreadable_progress_is_reported_and_left_unchanged(root, workshop, mine):
    (mine / PROGRESS).write_text("{half")
    assert "can't be read" in workshop("status", root=root, code=1).stderr
    assert (mine / PROGRESS).read_text() == "{half"


def test_the_folder_is_found_from_inside_it_and_after_a_start_elsewhere(root, workshop, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    workshop("start", elsewhere, "--from", "2", root=root, code=0)
    for place in (elsewhere / "chat_app", root):
        state = json.loads(workshop("status", "--json", root=root, cwd=place, code=0).stdout)
        assert Path(state["folder"]) == elsewhere


def test_a_project_with_no_progress_yet_comes_before_the_one_started_last(
    root, workshop, mine, tmp_path
):
    cloned = tmp_path / "cloned"
    shutil.copytree(root / "steps" / FIRST.slug, cloned)
    for place in (cloned, cloned / "chat_project"):
        state = json.loads(workshop("status", "--json", root=root, cwd=place, code=0).stdout)
        assert Path(state["folder"]) == cloned


def test_in_a_step_of_the_workshop_the_learners_own_project_is_meant(root, workshop, mine):
    inside = root / "steps" / FIRST.slug
    state = json.loads(workshop("status", "--json", root=root, cwd=inside, code=0).stdout)
    assert Path(state["folder"]) == mine


def test_diff_with_a_learners_folder_leaves_out_what_they_do_not_write(root, workshop, mine):
    output = workshop("diff", "02", "my-chat", root=root, code=0).stdout
    assert "chat_project/settings.py" in output
    assert "README.md" not in output and "tests/" not in output and PROGRESS not in output
    assert "tests/test_asgi.py" in workshop("diff", "02", "my-chat", "tests", root=root).stdout


def test_status_shows_the_learners_progress(root, workshop, mine):
    screen = workshop("status", root=root, code=0).stdout
    steps = catalog.steps(root)
    hours = round(sum(step.minutes for step in steps) / 60)
    assert f"0 of {len(steps)} steps done, about {hours} hours left" in screen
    assert "you are here" in next(line for line in screen.splitlines() if FIRST.slug in line)
    assert max(map(len, screen.splitlines())) <= 80
