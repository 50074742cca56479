"""`diff` shows the differences between two folders, and ignores what doesn't matter."""

import os
import subprocess
import sys

import pytest

from workshop.base.paths import ROOT
from workshop.course import catalog


@pytest.fixture
def mine(tmp_path):
    """Two folders that differ in every way that `diff` can show."""
    old, new = tmp_path / "old", tmp_path / "new"
    both = {
        "same.py": (b"same\n", b"same\n"),
        "app/edited.py": (b"one\ntwo\nthree\n", b"one\n2\nthree\nfour\n"),
        "gone.py": (b"gone\n", None),
        "come.py": (None, b"come"),
        "empty.py": (None, b""),
        "image.png": (b"\x89\0a", b"\x89\0b"),
        "ends.py": (b"a\r\nb\r\n", b"a\nb\n"),
        "db.sqlite3": (b"a", b"b"),
        ".env": (b"a", b"b"),
        "__pycache__/x.pyc": (b"a", b"b"),
    }
    for path, contents in both.items():
        for folder, content in zip((old, new), contents, strict=True):
            if content is not None:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
    return old, new


def test_only_files_that_differ_are_shown(workshop, mine):
    output = workshop("diff", *mine, code=0).stdout
    assert output == (
        "--- old/app/edited.py\n+++ new/app/edited.py\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n"
        "+four\n"
        "--- /dev/null\n+++ new/come.py\n@@ -0,0 +1 @@\n+come\n\\ No newline at end of file\n"
        "--- /dev/null\n+++ new/empty.py\n"
        "--- old/gone.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n"
        "image.png: differs, but isn't a text file\n"
    )


def test_stat_counts_lines(workshop, mine):
    lines = workshop("diff", "--stat", *mine, code=0).stdout.splitlines()
    assert [line.split() for line in lines] == [
        ["+2", "-1", "app/edited.py"],
        ["+1", "-0", "come.py"],
        ["+0", "-0", "empty.py"],
        ["+0", "-1", "gone.py"],
        ["not", "text", "image.png"],
    ]


@pytest.mark.parametrize("path", ["app", "app/", "./app/edited.py"])
def test_a_path_limits_it(workshop, mine, path):
    output = workshop("diff", *mine, path, code=0).stdout
    assert "edited.py" in output
    assert "come.py" not in output


def test_a_path_in_neither_is_an_error(workshop, mine):
    assert (
        "Neither old nor new has nowhere.py."
        in workshop("diff", *mine, "nowhere.py", code=2).stderr
    )


def test_identical_folders_are_reported(workshop, mine):
    assert "don't differ" in workshop("diff", mine[0], mine[0], code=0).stdout


def test_checkpoints_are_found_by_number_from_any_folder(workshop, tmp_path):
    by_number = workshop("diff", "1", "2", cwd=tmp_path, code=0).stdout
    assert "+++ 02-asgi/chat_project/settings.py" in by_number
    assert by_number == workshop("diff", "01-project", "asgi", code=0).stdout


def test_a_folder_may_have_the_name_of_a_checkpoint(workshop, tmp_path):
    (tmp_path / "02-asgi").mkdir()
    (tmp_path / "02-asgi" / "mine.py").write_text("mine\n")
    output = workshop("diff", "2", "./02-asgi", cwd=tmp_path, code=0).stdout
    assert "+mine" in output


def test_git_applies_the_piped_output(workshop, tmp_path):
    output = workshop("diff", "1", "2", code=0).stdout
    patch = tmp_path / "all.patch"
    patch.write_text(output, encoding="utf-8")
    done = subprocess.run(
        ["git", "apply", "--check", "--verbose", str(patch)],
        cwd=catalog.find("1").folder,
        capture_output=True,
        text=True,
        env={**os.environ, "GIT_DIR": os.devnull},
    )
    assert done.returncode == 0, done.stderr


def test_a_terminal_gets_colours_unless_no_color_is_set(clean_environment, mine):
    pty = pytest.importorskip("pty")

    def shown(**more):
        reader, writer = pty.openpty()
        environment = {**clean_environment, "TERM": "xterm-256color", "COLUMNS": "40", **more}
        with subprocess.Popen(
            [sys.executable, "-m", "workshop.cli", "diff", *map(str, mine)],
            cwd=ROOT,
            env=environment,
            stdout=writer,
        ) as process:
            os.close(writer)
            output = b""
            while chunk := _read(reader):
                output += chunk
        os.close(reader)
        assert process.returncode == 0
        return output.decode()

    clean_environment.pop("NO_COLOR", None)
    assert "\x1b[32m+2" in shown()
    assert "\x1b[32m" not in shown(NO_COLOR="1")


def _read(reader):
    try:
        return os.read(reader, 65536)
    except OSError:  # the other end is closed
        return b""
