"""`check` runs the tests of the goals on the learner's project, and reports the result."""

import os
import re
import subprocess
import sys
import time

import patience
import pytest

from workshop.base.paths import ROOT
from workshop.base.project_files import PROGRESS
from workshop.course import catalog
from workshop.learner import check as checking
from workshop.learner.running import forked, ready

pty = pytest.importorskip("pty")

LAST = catalog.steps()[-1].number
BY_DIFF = 5  # steps


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.slow
def test_a_project_may_have_any_name(workshop, project_of):
    project = project_of("01")
    for name in ("0", "project", "run 1"):
        renamed = project.rename(project.with_name(name))
        said = workshop("check", f"./{name}", "--step", "01", cwd=renamed.parent, code=0).stdout
        assert "Step 01 is done" in said
        project = renamed


@pytest.mark.slow
@pytest.mark.timeout(2400)  # two checks for each step; a busy machine takes minutes for each
def test_a_newcomer_goes_through_the_first_steps_by_their_diffs(copied, workshop, tmp_path):
    """Each step is first not done, then done. Typing what the chapters show completes all steps."""
    patient = {"WORKSHOP_TIME_LIMIT": "60"}  # other tests use the processors too
    steps = catalog.steps()[:BY_DIFF]
    root = copied(*(step.slug for step in catalog.steps()))
    for before, step in zip([None, *steps], steps, strict=False):
        asked = workshop("check", root=root, code=1, **patient)
        assert "not yet" in asked.stdout or "There is no folder my-chat yet" in asked.stderr
        assert asked.stdout == "" or f"Step {step.number} of {LAST}: {step.title}" in asked.stdout
        if before is None:
            workshop("start", root=root, code=0)
        else:
            patch = tmp_path / "chapter.patch"
            patch.write_text(
                workshop("diff", before.number, step.number, root=root).stdout, "utf-8"
            )
            subprocess.run(
                ["git", "apply", str(patch)],
                cwd=root / "my-chat",
                env={**os.environ, "GIT_DIR": os.devnull},
                check=True,
            )
        done = workshop("check", root=root, code=0, **patient).stdout
        assert f"Step {step.number} is done" in done
        assert f"{int(step.number)} of {int(LAST)} steps done" in done
        assert max(map(len, done.splitlines())) <= 80
    status = workshop("status", root=root, code=0).stdout
    assert f"{BY_DIFF} of {int(LAST)} steps done" in status


@pytest.mark.slow
def test_a_goal_of_an_earlier_step_that_no_longer_holds_is_named(workshop, project_of):
    folder = project_of("03")
    edit(folder / "chat_project" / "urls.py", '"admin/"', '"hidden/"')
    said = workshop("check", folder, "--step", "03", code=1).stdout
    assert re.search(r"not yet +The page at /admin/ shows the login form \(step 01\)", said)
    assert "The page at /admin/ answered 404." in said
    assert re.search(r"met +Everybody in a room gets every message", said)


@pytest.mark.slow
def test_the_learners_own_tests_and_conftest_are_ignored(workshop, project_of):
    folder = project_of("01")
    (folder / "tests").mkdir()
    (folder / "tests" / "conftest.py").write_text("raise SystemExit('theirs')\n")
    (folder / "tests" / "test_project.py").write_text("def test_x():\n    assert False\n")
    (folder / "conftest.py").write_text("import pytest\n")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    assert "Step 01 is done" in workshop("check", folder, code=0).stdout
    assert (folder / "pytest.ini").read_text().endswith("--no-such-option\n")


def test_it_checks_their_code_and_never_ours(workshop, project_of):
    folder = project_of("03")
    (folder / "chat_app" / "consumers.py").unlink()
    said = workshop("check", folder, "--step", "3", code=1).stdout
    assert "chat_app/routing.py imports chat_app.consumers, but there's no file" in said
    assert "chat_app/routing.py, line 3" in said


@pytest.mark.slow
def test_a_folder_with_a_blank_and_a_letter_beyond_ascii_is_checked(workshop, project_of):
    folder = project_of("02")
    folder = folder.rename(folder.with_name("mein Café"))
    said = workshop("check", folder, "--step", "02", code=0).stdout
    assert f"python3 -m workshop check '{folder}'" in said


@pytest.mark.slow
def test_a_check_changes_nothing_in_the_folder_except_the_progress(workshop, project_of):
    folder = project_of("02")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    workshop("check", folder, "--step", "02", code=0)
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert after.pop(folder / PROGRESS)
    assert after == before


@pytest.mark.parametrize(
    ("file", "old", "new", "line"),
    [
        ("chat_project/urls.py", "urlpatterns", "while True:\n    pass\nurlpatterns", 4),
        (
            "chat_app/consumers.py",
            "        event = {",
            "        while True: pass\n        event = {",
            25,
        ),
    ],
    ids=["on import", "in the consumer"],
)
@pytest.mark.slow
def test_a_loop_without_an_end_is_stopped_and_its_line_is_named(
    workshop, project_of, file, old, new, line
):
    folder = project_of("03")
    edit(folder / file, old, new)
    said = workshop("check", folder, "--step", "03", code=1, WORKSHOP_TIME_LIMIT="3").stdout
    assert "After 3 s, the check was stopped" in said
    found = re.search(rf"{file}, line (\d+)", said)
    assert found and abs(int(found[1]) - line) <= 1, said


@pytest.mark.slow
def test_a_server_that_does_not_start_is_explained(workshop, project_of):
    folder = project_of("02")
    edit(folder / "manage.py", "if __name__", "import no_such_thing\n\nif __name__")
    said = " ".join(workshop("check", folder, "--step", "02", code=1).stdout.split())
    assert "Your server didn't start: ModuleNotFoundError: No module named 'no_such_thing'." in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_verbose_adds_all_that_was_printed(workshop, project_of):
    folder = project_of("01")
    edit(folder / "chat_project" / "asgi.py", "import os", "import os\n\n1 / 0")
    quiet = workshop("check", folder, code=1).stdout
    assert "chat_project/asgi.py raised ZeroDivisionError: division by zero." in quiet
    assert "chat_project/asgi.py, line 3" in quiet and "Traceback" not in quiet
    assert "Traceback" in workshop("check", folder, "--verbose", code=1).stdout


def test_a_missing_manage_py_is_reported_before_anything_runs(workshop, project_of):
    folder = project_of("02")
    workshop("check", folder, code=0)
    (folder / "manage.py").unlink()
    said = workshop("check", folder, "--step", "02", code=1).stdout
    assert "manage.py is missing." in said and "diff 01" in said


def test_without_a_redis_it_says_how_to_get_one(workshop, project_of):
    folder = project_of("04")
    done = workshop("check", folder, "--step", "04", code=1, REDIS_URL="redis://127.0.0.1:9")
    assert "No Redis answers at REDIS_URL (redis://127.0.0.1:9)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_a_browser_the_other_goals_still_count(project_of, monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", os.devnull)
    step = catalog.find("05")
    verdict = checking.check(
        project_of("05"), step, wanted=lambda one, goal: goal.beside == "the browser"
    )
    assert {one.status for one in verdict.judged} == {checking.SKIPPED}
    assert "No browser starts" in verdict.judged[0].reason
    assert verdict.unmet is None
    assert not verdict.is_done


@pytest.mark.slow
def test_where_no_process_can_be_forked_a_check_finds_the_same(project_of, monkeypatch):
    monkeypatch.setattr(forked, "IS_POSSIBLE", False)
    monkeypatch.setattr(ready, "_known", [])
    folder, step = project_of("02"), catalog.find("02")
    verdict = checking.check(folder, step)
    assert verdict.is_done, verdict.log
    edit(folder / "chat_project" / "settings.py", '    "daphne",', "")
    assert checking.check(folder, step).finding.pitfall == "P02"


@pytest.fixture
def watched(clean_environment, project_of):
    """Run `check --watch` in a terminal. Returns its folder and a reader of its screen."""
    folder = project_of("01")
    reader, writer = pty.openpty()
    processes = []

    def start(**more):
        environment = {**clean_environment, "TERM": "xterm", "NO_COLOR": "1", **more}
        command = [sys.executable, "-m", "workshop.cli", "check", str(folder), "--watch"]
        processes.append(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=writer,
                stdout=writer,
                stderr=writer,
            )
        )

    def wait_for(words):
        screen, deadline = "", time.monotonic() + patience.SECONDS
        while words not in screen:
            assert time.monotonic() < deadline, screen
            screen += os.read(reader, 65536).decode()
        return screen

    yield folder, start, wait_for, writer, reader
    for process in processes:
        process.kill()
        process.wait()
    os.close(reader)
    os.close(writer)


@pytest.mark.slow
def test_watching_checks_again_on_save_and_goes_on_to_the_next_step(watched):
    folder, start, wait_for, _, _ = watched
    edit(folder / "chat_project" / "urls.py", '"admin/"', '"hidden/"')
    start()
    screen = wait_for("Watching: save a file to check again")
    assert f"0 of {int(LAST)} steps done" in screen and "answered 404" in screen
    edit(folder / "chat_project" / "urls.py", '"hidden/"', '"admin/"')
    screen = wait_for("Watching: save a file to check again")
    assert "\x1b[2J" in screen, "the screen was not cleared"
    assert "Step 01 is done" in screen and "Next: step 02" in screen
    (folder / "chat_app" / "notes.py").write_text("x = 1\n")
    assert f"Step 02 of {LAST}" in wait_for("Watching: save a file to check again")


@pytest.mark.slow
def test_where_watching_is_impossible_enter_checks_again(watched, tmp_path):
    folder, start, wait_for, writer, reader = watched
    (tmp_path / "watchfiles.py").write_text("def watch(*a, **k):\n    raise OSError('limit')\n")
    start(PYTHONPATH=str(tmp_path))
    wait_for("This folder can't be watched (limit): press Enter to check again")
    os.write(reader, b"\n")
    assert f"Step 02 of {LAST}" in wait_for("press Enter to check again")
