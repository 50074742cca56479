"""A check that finds a goal unmet says what has changed since the goal was last met."""

import os

import pytest

from workshop.course import catalog
from workshop.learner import folder as folders
from workshop.learner import versions
from workshop.learner.findings import Explanation, with_changes
from workshop.learner.versions import ChangedLines, Versions

GOAL = "03-consumer/test_chat"
SOCKETS = "chat_app/sockets.py"


@pytest.fixture
def root(tmp_path):
    """A workshop that doesn't know any project yet."""
    return tmp_path / "workshop"


@pytest.fixture
def folder(tmp_path):
    """A learner's project with a Python file and a script."""
    folder = tmp_path / "my-chat"
    (folder / "chat_app").mkdir(parents=True)
    (folder / SOCKETS).write_text("one = 1\ntwo = 2\n\nthree = 3\n", "utf-8")
    (folder / "chat_app" / "room.js").write_text("start();\n", "utf-8")
    return folder


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def changes(folder, root, goal=GOAL):
    return Versions.of(folder, root).changes(goal)


def test_a_changed_line_is_found(folder, root):
    Versions.of(folder, root).note([GOAL])
    edit(folder / SOCKETS, "two = 2", "two = 22")
    assert changes(folder, root) == (ChangedLines(SOCKETS, 2, ("two = 2",), ("two = 22",)),)


def test_a_removed_line_is_found_where_it_was(folder, root):
    Versions.of(folder, root).note([GOAL])
    edit(folder / SOCKETS, "two = 2\n", "")
    (change,) = changes(folder, root)
    assert (change.old, change.new, change.lines) == (("two = 2",), (), "line 2")


def test_a_line_after_a_new_blank_line_has_its_own_number(folder, root):
    Versions.of(folder, root).note([GOAL])
    edit(folder / SOCKETS, "two = 2\n", "two = 2\n\n\nmore = 4\nmost = 5\n")
    (change,) = changes(folder, root)
    assert (change.new, change.lines) == (("more = 4", "most = 5"), "lines 5–6")


def test_new_files_and_removed_files_are_changes(folder, root):
    Versions.of(folder, root).note([GOAL])
    (folder / "chat_app" / "room.js").rename(folder / "chat_app" / "page.js")
    assert changes(folder, root) == (
        ChangedLines("chat_app/page.js", 1, (), ("start();",)),
        ChangedLines("chat_app/room.js", 1, ("start();",), ()),
    )


def test_other_blank_lines_and_line_ends_are_no_change(folder, root):
    Versions.of(folder, root).note([GOAL])
    (folder / SOCKETS).write_bytes(b"one = 1\r\n\r\ntwo = 2\r\nthree = 3\r\n")
    assert changes(folder, root) == ()


def test_a_goal_that_was_never_met_has_no_changes(folder, root):
    assert changes(folder, root) is None
    Versions.of(folder, root).note([GOAL])
    assert changes(folder, root, "03-consumer/test_other") is None


def test_each_goal_is_compared_with_the_version_that_met_it_last(folder, root):
    Versions.of(folder, root).note([GOAL, "another"])
    edit(folder / SOCKETS, "one = 1", "one = 11")
    Versions.of(folder, root).note(["another"])
    edit(folder / SOCKETS, "three = 3", "three = 33")
    assert [change.line for change in changes(folder, root)] == [1, 4]
    assert [change.line for change in changes(folder, root, "another")] == [4]


def test_only_versions_that_are_still_needed_are_kept(folder, root):
    for number in range(5):
        (folder / SOCKETS).write_text(f"number = {number}\n", "utf-8")
        Versions.of(folder, root).note([GOAL])
    kept = Versions.of(folder, root)
    assert len(kept.projects) == 1
    assert sorted(kept.texts.values()) == ["number = 4\n", "start();\n"]


def test_only_the_latest_projects_are_kept(folder, root):
    for number in range(versions.KEPT_PROJECTS + 3):
        renamed = folder.rename(folder.with_name(f"chat-{number}"))
        Versions.of(renamed, root).note([GOAL])
        (stored,) = [Versions.of(renamed, root).path]
        os.utime(stored, (number, number))
        folder = renamed
    assert len(list((root / ".workshop" / "versions").iterdir())) == versions.KEPT_PROJECTS
    assert changes(folder, root) == ()


def test_a_damaged_file_counts_as_no_version(folder, root):
    Versions.of(folder, root).note([GOAL])
    Versions.of(folder, root).path.write_text('{"met": 4}', "utf-8")
    assert changes(folder, root) is None


def test_a_goal_of_the_server_does_not_mention_scripts(folder):
    script = ChangedLines("chat_app/room.js", 1, ("start();",), ())
    code = ChangedLines(SOCKETS, 2, ("two = 2",), ("two = 22",))
    found = Explanation("Ann did not receive what Ann sent.")
    assert with_changes(folder, found, (script, code), False).changes == (code,)
    assert with_changes(folder, found, (script, code), True).changes == (script, code)
    assert with_changes(folder, found, (script,), False).changes is None


def test_an_only_change_is_the_place_of_a_failure_without_a_cause(folder):
    change = ChangedLines(SOCKETS, 2, ("two = 0",), ("two = 2",))
    found = with_changes(folder, Explanation("Ann's socket was closed."), (change,), False)
    assert (found.place.path, found.place.line, found.code) == (SOCKETS, 2, "two = 2")
    known = Explanation("Ann's socket was closed.", "A reason.")
    assert with_changes(folder, known, (change,), False).place is None


@pytest.mark.slow
def test_an_edit_that_breaks_a_goal_is_shown(workshop, project_of):
    folder = project_of("02")
    workshop("check", folder, "--step", "02", code=0)
    edit(folder / "chat_project" / "urls.py", '"admin/"', '"hidden/"')
    said = workshop("check", folder, "--step", "02", code=1).stdout
    assert "This has changed since this goal was last met:" in said
    assert '- path("admin/", admin.site.urls),\n' in said
    assert '+ path("hidden/", admin.site.urls),\n' in said
    assert "this goal is new" not in said


def test_replaced_code_is_not_called_a_change(project_of):
    folder = project_of("02")
    Versions.of(folder).note([GOAL])
    assert Versions.of(folder).changes(GOAL) == ()
    folders.catch_up(folder, catalog.find("03"))
    assert Versions.of(folder).changes(GOAL) is None
