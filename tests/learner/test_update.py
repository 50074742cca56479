"""After an update of the workshop, what a learner did with an earlier version still works."""

import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys

import pytest

from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.base.project_files import PROGRESS, SHORTCUT
from workshop.course import catalog
from workshop.learner import database, folder, hints
from workshop.learner.check import CheckResult, note
from workshop.learner.progress import Found, Progress, digest
from workshop.services.serve_project import migrate

SINCE = "2026-11-26"
FORMER_STEPS = ["01-project", "02-asgi", "03-consumer", "04-redis", "05-template"]
HALFWAY_IN_03 = """{
  "done": {
    "01-project": "2026-11-26",
    "02-asgi": "2026-11-26"
  },
  "hints": {
    "03-consumer/test_whoever_leaves_a_room_leaves_its_group": 2
  },
  "unmet": "test_whoever_leaves_a_room_leaves_its_group",
  "seen": "03-consumer 619f409bbfcc8e799926eb83f9032da81aab48429789b3ff088b2e8d1e21cff0"
}"""


UP_TO_08 = [*FORMER_STEPS, "06-accounts", "07-rooms", "08-history"]
FIRST_EDITION = [
    *UP_TO_08,
    "09-delivery",
    "10-edits",
    "11-presence",
    "12-rights",
    "13-limits",
    "14-hub",
]
SECOND_EDITION = [
    *UP_TO_08,
    "09-delivery",
    "10-sync",
    "11-edits",
    "12-presence",
    "13-rights",
    "14-limits",
    "15-hub",
]
# By edition: its steps, and those of them that are two steps now.
EDITIONS = {
    1: (FIRST_EDITION, ("09-delivery", "11-presence")),
    2: (SECOND_EDITION, ("12-presence",)),
}
DONE_IN = [
    (edition, number)
    for edition, (steps, _) in EDITIONS.items()
    for number in range(5, len(steps) + 1)
]
GAP = "test_a_page_asks_for_what_it_missed"


def former(place, done, unmet="", seen="", hints=None, edition=None):
    """Write the progress of a learner who did the steps `done` with a former version.

    The first edition's progress doesn't say which one it is.
    """
    data = {"done": dict.fromkeys(done, SINCE), "hints": hints or {}, "unmet": unmet, "seen": seen}
    if edition not in (None, 1):
        data["edition"] = edition
    (place / PROGRESS).write_text(json.dumps(data, indent=2), "utf-8")


@pytest.mark.parametrize("number", range(len(FORMER_STEPS) + 1))
def test_learners_continue_with_the_step_after_the_ones_they_have_done(tmp_path, number):
    former(tmp_path, FORMER_STEPS[:number])
    progress = Progress.of(tmp_path)
    assert progress.current(catalog.steps()) == catalog.steps()[number]
    assert progress.done == dict.fromkeys(FORMER_STEPS[:number], SINCE)


@pytest.mark.parametrize(("edition", "number"), DONE_IN)
def test_steps_that_were_done_under_their_former_names_are_done(tmp_path, edition, number):
    steps, split = EDITIONS[edition]
    former(tmp_path, steps[:number], edition=edition)
    progress = Progress.of(tmp_path)
    now = number + sum(slug in steps[:number] for slug in split)
    assert progress.done == dict.fromkeys([step.slug for step in catalog.steps()[:now]], SINCE)
    assert progress.current(catalog.steps()) == next(iter(catalog.steps()[now:]), None)


@pytest.mark.parametrize("edition", EDITIONS)
def test_all_steps_of_an_edition_are_all_steps_of_this_one(edition):
    steps, _ = EDITIONS[edition]
    known = [name for slug in steps for name in catalog.successors(slug, edition)]
    assert known == [step.slug for step in catalog.steps()]


def test_the_present_names_stay_as_they_are():
    for step in catalog.load():
        assert catalog.successors(step.slug, catalog.edition()) == [step.slug]


def test_hints_that_were_shown_under_a_former_name_are_counted(tmp_path):
    hints = {f"09-delivery/{GAP}": 2, "13-limits/test_a_limit": 1, "99-gone/test": 3}
    former(tmp_path, [], hints=hints)
    hints_shown = Progress.of(tmp_path).hints
    assert hints_shown[f"10-sync/{GAP}"] == 2
    assert hints_shown["15-limits/test_a_limit"] == 1
    assert hints_shown["99-gone/test"] == 3
    assert "13-limits/test_a_limit" not in hints_shown


def test_hints_of_the_second_edition_are_counted(tmp_path):
    hints = {f"09-delivery/{GAP}": 1, "12-presence/test_a_mark": 2, "13-rights/test_a_right": 3}
    former(tmp_path, [], hints=hints, edition=2)
    hints_shown = Progress.of(tmp_path).hints
    assert hints_shown["13-marks/test_a_mark"] == 2
    assert hints_shown["14-rights/test_a_right"] == 3
    assert f"10-sync/{GAP}" not in hints_shown


@pytest.mark.parametrize(("edition", "done"), [(1, 8), (2, 11)])
def test_progress_is_renamed_once(tmp_path, edition, done):
    """Whoever has done only the present step 09 or 12 has not done the one after it."""
    former(tmp_path, EDITIONS[edition][0][:done], edition=edition)
    progress = Progress.of(tmp_path)
    progress.finish(catalog.steps()[: done + 1])
    progress.save()
    assert Progress.of(tmp_path).current(catalog.steps()) == catalog.steps()[done + 1]


def test_a_folder_of_the_former_step_10_goes_on_with_step_11(workshop, project_of):
    place = project_of("10")
    former(place, FIRST_EDITION[:9])
    said = workshop("status", place, code=0).stdout
    assert "10 of 16 steps done" in said
    assert "11-edits" in said


def test_former_progress_is_kept_when_a_newer_version_writes_it(tmp_path):
    (tmp_path / PROGRESS).write_text(HALFWAY_IN_03, "utf-8")
    step = catalog.find("03")
    note(tmp_path, CheckResult(step, ()))
    progress = Progress.of(tmp_path)
    assert progress.done == {"01-project": SINCE, "02-asgi": SINCE} | {
        "03-consumer": progress.done["03-consumer"]
    }
    assert progress.hints == {"03-consumer/test_whoever_leaves_a_room_leaves_its_group": 2}


def test_a_former_folder_gets_the_files_of_the_workshop_once(tmp_path):
    former(tmp_path, [])
    verdict = CheckResult(catalog.find("01"), ())
    note(tmp_path, verdict)
    assert (tmp_path / SHORTCUT).is_file() and (tmp_path / ".vscode" / "tasks.json").is_file()
    (tmp_path / SHORTCUT).unlink()
    note(tmp_path, verdict)
    assert not (tmp_path / SHORTCUT).exists()


@pytest.mark.parametrize("unmet", ["", "test_the_name_that_a_goal_had_before"])
def test_a_hint_looks_again_when_the_course_has_changed(project_of, monkeypatch, unmet):
    place = project_of("02")
    step = catalog.find("02")
    former(place, FORMER_STEPS[:2], unmet, seen=f"{step.slug} {digest(place)}")
    checked = []
    monkeypatch.setattr(hints, "check", lambda *_: checked.append(1) or CheckResult(step, ()))
    assert hints.needed(place, step) is None
    assert checked == [1]
    assert hints.needed(place, step) is None
    assert checked == [1]


def test_a_check_counts_as_old_once_a_test_of_the_step_changes(copied, project_of):
    root = copied("02-asgi")
    place, step = project_of("02"), catalog.find("02", root)
    note(place, CheckResult(step, ()), root)
    assert hints.looked_at(place, step) == Progress.of(place).seen
    (step.folder / "tests" / "test_asgi.py").write_text("def test_news():\n    pass\n", "utf-8")
    assert hints.looked_at(place, step) != Progress.of(place).seen


def test_another_versions_findings_are_read_as_far_as_possible(tmp_path):
    former(tmp_path, [])
    data = json.loads((tmp_path / PROGRESS).read_text("utf-8"))
    for found, known in (
        ({"happened": "It failed.", "colour": "red"}, Found("It failed.")),
        ({"what": "It failed."}, None),
    ):
        (tmp_path / PROGRESS).write_text(json.dumps(data | {"found": found}), "utf-8")
        assert Progress.of(tmp_path).found == known


@pytest.mark.slow
def test_a_goal_that_is_unmet_in_a_finished_step_is_explained(workshop, project_of):
    place = project_of("01")
    former(place, FORMER_STEPS[:2])
    said = workshop("check", place, code=1).stdout
    assert "`runserver` starts Daphne (step 02)" in said
    assert f"Step 02 was done on {SINCE}: this goal is new, or a later edit undid it." in said
    assert "New after the update: `python3 -m workshop` works inside" in said
    assert "New after the update" not in workshop("check", place, code=1).stdout
    assert Progress.of(place).done == dict.fromkeys(FORMER_STEPS[:2], SINCE)


def manage(place, *words):
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=place,
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    ).stdout


def filled(place):
    """Create the database for the project in `place`, with a user called Ann."""
    manage(place, "migrate", "-v0")
    ann = "get_user_model().objects.create_user('Ann')"
    manage(place, "shell", "-v0", "-c", f"from django.contrib.auth import get_user_model; {ann}")
    return place


def users(place, table):
    with contextlib.closing(sqlite3.connect(place / database.NAME)) as opened:
        return [name for (name,) in opened.execute(f"SELECT username FROM {table}")]


def kept_beside(place):
    (kept,) = (path for path in place.parent.iterdir() if path.name.startswith("my-chat-20"))
    return kept


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "table"),
    [("05", "06", "auth_user"), ("06", "05", "chat_app_user"), ("08", "07", "chat_app_user")],
)
def test_a_database_that_the_step_cannot_use_is_kept_and_a_new_one_can_be_made(
    workshop, project_of, before, after, table
):
    place = filled(project_of(before))
    said = workshop("catch-up", after, place, code=0).stdout
    words = f"Step {after} can't use your database, so it's kept there, too: `run` makes a new one."
    assert words in said
    assert max(len(line) for line in said.splitlines() if str(place) not in line) <= 80
    assert users(kept_beside(place), table) == ["Ann"]
    assert not (place / database.NAME).exists()
    manage(place, "migrate", "-v0")
    filled(place)


@pytest.mark.slow
def test_a_database_that_the_step_can_use_stays_and_a_copy_is_kept(workshop, project_of):
    place = filled(project_of("06"))
    said = " ".join(workshop("catch-up", "08", place, code=0).stdout.split())
    assert f"Your database stays in {place}, and a copy is kept there, too." in said
    assert users(kept_beside(place), "chat_app_user") == ["Ann"]
    manage(place, "migrate", "-v0")
    assert users(place, "chat_app_user") == ["Ann"]


def test_a_copy_holds_what_a_running_server_has_just_written(tmp_path):
    (tmp_path / "copy").mkdir()
    with contextlib.closing(sqlite3.connect(tmp_path / database.NAME)) as server:
        server.execute("PRAGMA journal_mode = WAL")
        server.execute("CREATE TABLE notes (text)")
        server.execute("INSERT INTO notes VALUES ('mine')")
        server.commit()
        database.copy(tmp_path, tmp_path / "copy")
    with contextlib.closing(sqlite3.connect(tmp_path / "copy" / database.NAME)) as opened:
        assert opened.execute("SELECT text FROM notes").fetchall() == [("mine",)]


def test_a_file_that_is_not_a_database_is_copied_unchanged(tmp_path):
    (tmp_path / "copy").mkdir()
    (tmp_path / database.NAME).write_bytes(b"not a database, and longer than a hundred bytes" * 9)
    database.copy(tmp_path, tmp_path / "copy")
    copy = tmp_path / "copy" / database.NAME
    assert copy.read_bytes() == (tmp_path / database.NAME).read_bytes()


@pytest.mark.slow
def test_run_says_what_to_do_with_the_database_of_other_migrations(project_of):
    place = filled(project_of("05"))
    step = project_of("06")
    database.copy(place, step)
    with pytest.raises(WorkshopError, match="Rename the file db.sqlite3"):
        migrate(step, {})


def test_the_folder_that_was_started_last_is_still_known(tmp_path, monkeypatch):
    mine = tmp_path / "elsewhere" / "mine"
    mine.mkdir(parents=True)
    former(mine, [])
    (tmp_path / ".workshop").mkdir()
    (tmp_path / ".workshop" / "learner.json").write_text(json.dumps(str(mine)), "utf-8")
    monkeypatch.chdir(tmp_path)
    assert folder.find(None, tmp_path) == mine


@pytest.mark.skipif(not shutil.which("git"), reason="there is no git here")
def test_git_pull_leaves_a_learners_folder_as_it_is(tmp_path):
    workshop, clone = tmp_path / "workshop", tmp_path / "clone"
    workshop.mkdir()
    shutil.copy(ROOT / ".gitignore", workshop)
    git("init", "--quiet", cwd=workshop)
    commit(workshop, "former")
    git("clone", "--quiet", workshop, clone, cwd=tmp_path)
    mine = clone / "my-chat" / "manage.py"
    mine.parent.mkdir()
    mine.write_text("mine", "utf-8")
    (workshop / "README.md").write_text("newer", "utf-8")
    commit(workshop, "newer")
    git("pull", cwd=clone)
    assert (clone / "README.md").read_text("utf-8") == "newer"
    assert mine.read_text("utf-8") == "mine"
    assert git("status", "--porcelain", cwd=clone) == ""


def commit(folder, message):
    git("add", "--all", cwd=folder)
    somebody = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    git(*somebody, "commit", "--quiet", "--message", message, cwd=folder)


def git(*words, cwd):
    command = ["git", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, check=True, text=True).stdout
