"""What `carry` does with whole files: new, deleted, renamed, binary, ignored."""

import pytest
from mini_course import FOLDERS, LINES

pytestmark = pytest.mark.slow


def test_new_deleted_and_renamed_files_are_carried(mini):
    for folder in FOLDERS:
        mini.write(folder, "gone.py", "gone\n")
        mini.write(folder, "chat/old.py", LINES)
    mini.replace("final", "chat/old.py", "line 1\n", "line 1 of final\n")
    mini.commit()
    (mini.root / "steps/01-one/gone.py").unlink()
    mini.write("steps/01-one", "a/new.py", "new\n")
    (mini.root / "steps/01-one/a/new.py").chmod(0o755)
    mini.write("steps/01-one", "talk/new.py", LINES.replace("line 20\n", "line twenty\n"))
    (mini.root / "steps/01-one/chat/old.py").unlink()
    for _ in range(2):
        mini.carry()
        assert mini.all("gone.py") == [None] * 4
        assert mini.all("a/new.py") == ["new\n"] * 4
        assert mini.all("chat/old.py") == [None] * 4
        assert "line 1 of final\n" in mini.read("final", "talk/new.py")
        assert all("line twenty\n" in text for text in mini.all("talk/new.py"))
    assert not (mini.root / "final/chat").exists()
    modes = {(mini.root / folder / "a/new.py").stat().st_mode for folder in FOLDERS}
    assert len(modes) == 1


def test_a_file_that_a_later_step_deleted_stays_deleted(committed):
    (committed.root / "steps/03-three/app.py").unlink()
    committed.commit()
    committed.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    output = committed.carry().stdout
    assert "skipped  steps/03-three/app.py is not in this checkpoint" in output
    assert committed.read("steps/03-three") is None
    assert "line ten\n" in committed.read("final")


@pytest.mark.parametrize("what", ["deleted", "added", "binary"])
def test_a_failed_merge_is_a_conflict(committed, what):
    if what == "deleted":
        (committed.root / "steps/01-one/app.py").unlink()
    if what == "added":
        committed.write("final", "new.py", "of final\n")
        committed.commit()
        committed.write("steps/01-one", "new.py", "of one\n")
    if what == "binary":
        for folder, data in zip(FOLDERS, (b"\0a", b"\0a", b"\0b", b"\0a"), strict=True):
            committed.write(folder, "image.png", data)
        committed.commit()
        committed.write("steps/01-one", "image.png", b"\0c")
    before = committed.state()
    committed.carry(code=1)
    assert committed.state() == before


def test_identical_binary_files_are_replaced(mini):
    for folder in FOLDERS:
        mini.write(folder, "image.bin", b"\0\r\n\n\xff")
    mini.commit()
    mini.write("steps/01-one", "image.bin", b"\0new\r\n\xfe")
    mini.carry()
    assert (mini.root / "final/image.bin").read_bytes() == b"\0new\r\n\xfe"


def test_a_checkout_with_windows_line_ends_keeps_them(mini):
    mini.git("config", "core.autocrlf", "true")
    windows = LINES.replace("\n", "\r\n")
    for folder in FOLDERS:
        mini.write(folder, "app.py", windows)
    mini.write("final", "app.py", windows.replace("line 1\r", "line ä\r"))
    mini.git("-c", "core.autocrlf=true", "add", "-A")
    mini.git("commit", "-q", "-m", "x")
    mini.replace("steps/01-one", "app.py", "line 10\r", "line zehn – ü\r")
    mini.carry()
    expected = windows.replace("line 1\r", "line ä\r").replace("line 10\r", "line zehn – ü\r")
    assert mini.read("final") == expected


def test_files_committed_with_other_line_ends_are_a_conflict(mini):
    mini.write("final", "app.py", LINES.replace("\n", "\r\n"))
    mini.commit()
    mini.replace("steps/01-one", "app.py", "line 10\n", "line ten\n")
    before = mini.state()
    assert "final/app.py" in mini.carry(code=1).stderr
    assert mini.state() == before


def test_readmes_databases_and_files_that_git_ignores_are_not_carried(mini):
    mini.write("steps", ".gitignore", "*.log\n")
    mini.commit()
    mini.write("steps/01-one", "README.md", "edited\n")
    mini.write("steps/01-one", "db.sqlite3", "data")
    mini.write("steps/01-one", "my.log", "log")
    assert "nothing to carry" in mini.carry().stdout
    assert mini.all("README.md")[1:] == [f"About {folder}\n" for folder in FOLDERS[1:]]


def test_a_file_that_git_ignores_is_not_overwritten(mini):
    mini.write("final", ".gitignore", "new.py\n")
    mini.commit()
    mini.write("final", "new.py", "ignored\n")
    mini.write("steps/01-one", "new.py", "new\n")
    assert "final/new.py: a file that git ignores" in mini.carry(code=1).stderr
    assert mini.all("new.py") == ["new\n", None, None, "ignored\n"]


def test_a_folder_in_the_place_of_a_new_file_is_a_conflict(committed):
    committed.write("final", "thing/inside.py", "in a folder\n")
    committed.commit()
    committed.write("steps/01-one", "thing", "a file\n")
    before = committed.state()
    committed.carry(code=1)
    assert committed.state() == before


def test_unusual_file_names_are_carried(mini):
    names = ["a b.py", "[x]*.py", "ü/ñ.py", ":(top)q.py", "-dash.py", 'quoted".py', "new\nline.py"]
    for name in names:
        for folder in FOLDERS:
            mini.write(folder, name, LINES)
    mini.commit()
    for name in names:
        mini.write("steps/01-one", name, LINES.replace("line 3\n", "line three\n"))
    mini.carry()
    for name in names:
        assert all("line three\n" in text for text in mini.all(name)), name
