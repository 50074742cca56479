"""An edit in one checkpoint reaches all later ones, or none of them."""

import pytest
from mini_course import LINES

pytestmark = pytest.mark.slow


def test_an_edit_reaches_the_final_app_and_leaves_what_each_step_changed(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    before = committed.all()
    output = committed.carry().stdout
    assert committed.all() == [text.replace("line 10\n", "line ten\n") for text in before]
    assert "written  steps/02-two/app.py" in output
    assert output.endswith("3 files changed.\n")


def test_an_edit_in_the_middle_leaves_the_steps_before_alone(committed):
    committed.replace("steps/02-two", "app.py", "line 10\n", "line ten\n")
    committed.carry("02")
    assert ["ten" in text for text in committed.all()] == [False, True, True, True]


def test_a_conflict_names_its_file_and_nothing_is_written(committed):
    committed.replace("steps/01-one", "app.py", "line 15\n", "line fifteen\n")
    committed.write("steps/01-one", "new.py", "new\n")
    before = committed.state()
    done = committed.carry(code=1)
    assert "Nothing was written" in done.stderr
    assert "  steps/03-three/app.py: it differs here in the lines" in done.stderr
    assert "by hand, then run the same command again" in done.stderr
    assert done.stdout == ""
    assert committed.state() == before
    assert not (committed.root / ".workshop").exists()


def test_a_manually_resolved_conflict_does_not_block_other_edits(committed):
    committed.replace("steps/01-one", "app.py", "line 15\n", "line fifteen\n")
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    committed.replace("steps/03-three", "app.py", "line 15 of three\n", "line fifteen of three\n")
    committed.replace("steps/03-three", "app.py", "line 10\n", "line ten\n")
    output = committed.carry().stdout
    assert "kept  steps/03-three/app.py" in output
    assert "line fifteen of three\n" in committed.read("final")
    assert "line ten\n" in committed.read("final")
    assert "line fifteen\n" in committed.read("steps/02-two")


def test_carry_is_idempotent(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    committed.write("steps/01-one", "new.py", "new\n")
    committed.carry()
    before = committed.state()
    assert "already have these edits" in committed.carry().stdout
    assert committed.state() == before


def test_a_line_edited_again_after_a_carry_does_not_conflict_with_its_older_self(committed):
    for word in ("ten", "TEN", "Ten!"):
        committed.write("steps/01-one", "app.py", LINES.replace("line 10\n", f"line {word}\n"))
        committed.carry()
        assert all(f"line {word}\n" in text for text in committed.all())
    assert "line 15 of three\n" in committed.read("final")


def test_uncommitted_edits_in_a_later_step_are_kept_and_not_carried(committed):
    committed.replace("steps/02-two", "app.py", "line 20\n", "line twenty\n")
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    for _ in range(2):
        committed.carry()
        assert all("line ten\n" in text for text in committed.all())
        assert ["twenty" in text for text in committed.all()] == [False, True, False, False]


def test_a_dry_run_lists_the_files_and_writes_nothing(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    before = committed.state()
    assert "3 files would change" in committed.carry("01", "--dry-run").stdout
    assert committed.state() == before


def test_committed_edits_are_carried_with_since(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    committed.commit()
    assert "nothing to carry" in committed.carry().stdout
    committed.carry("01", "--since", "HEAD~1")
    assert all("line ten\n" in text for text in committed.all())


def test_usage_errors_are_explained(mini):
    assert "commit first" in mini.carry(code=1).stderr
    mini.commit()
    assert "There is no commit nothing" in mini.carry("01", "--since", "nothing", code=1).stderr
    assert "There's no step after final" in mini.carry("final", code=2).stderr


def test_reverting_an_edit_reverts_it_everywhere(committed):
    before = committed.state()
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    committed.carry()
    committed.replace("steps/01-one", "app.py", "line ten\n", "line 10\n")
    committed.carry()
    assert committed.state() == before


def test_an_edit_that_one_later_step_has_already_still_reaches_the_others(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    committed.replace("steps/02-two", "app.py", "line 10\n", "line ten\n")
    committed.carry()
    assert all("line ten\n" in text for text in committed.all())


def test_staged_changes_stay_staged(committed):
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    committed.git("add", "-A")
    committed.replace("steps/01-one", "app.py", "line 18\n", "line eighteen\n")
    before = committed.git("diff", "--cached")
    committed.carry()
    assert committed.git("diff", "--cached") == before
    assert all("line eighteen\n" in text for text in committed.all())


def test_personal_git_settings_make_no_difference(committed):
    settings = {"diff.noprefix": "true", "apply.whitespace": "error", "diff.external": "false"}
    for name, value in settings.items():
        committed.git("config", name, value)
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten \n")
    committed.carry()
    assert all("line ten \n" in text for text in committed.all())
