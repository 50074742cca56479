"""One pytest at the top reports the tests of every checkpoint as if each had run alone."""

import os
import shutil
import subprocess
import sys

import pytest

from workshop import course

FAILING = """
def test_that_holds():
    pass


def test_that_does_not_hold():
    print("what the test printed")
    greeting = "hello"
    assert greeting == "good bye"
"""


@pytest.fixture
def top(tmp_path):
    """Run pytest at the top of a small course whose two steps hold modules of the same name."""
    for name in ("conftest.py", "pytest.ini"):
        shutil.copy(course.ROOT / name, tmp_path)
    shutil.copytree(course.ROOT / "workshop", tmp_path / "workshop")
    entries = []
    for number in ("01", "02"):
        folder = tmp_path / "steps" / f"{number}-step"
        (folder / "tests").mkdir(parents=True)
        (folder / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
        (folder / "app.py").write_text(f"NUMBER = {number!r}\n")
        test = f"import app\n\n\ndef test_number():\n    assert app.NUMBER == {number!r}\n"
        (folder / "tests" / "test_app.py").write_text(test)
        entries.append(f'[[checkpoint]]\nslug = "{number}-step"\ntitle = "A step"\nminutes = 1\n')
    (tmp_path / "steps" / "course.toml").write_text("\n".join(entries))

    def run(*options):
        environment = {**os.environ, "PYTEST_ADDOPTS": "", "COLUMNS": "200"}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-v", *options],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    run.folder = tmp_path / "steps" / "02-step"
    return run


def test_each_step_is_tested_with_its_own_code(top):
    done = top()
    assert "2 passed" in done.stdout and done.returncode == 0
    assert "steps/01-step/tests/test_app.py::test_number PASSED" in done.stdout
    assert "steps/02-step/tests/test_app.py::test_number PASSED" in done.stdout


def test_a_failing_test_reads_as_if_it_had_run_alone(top):
    (top.folder / "tests" / "test_failing.py").write_text(FAILING)
    done = top()
    assert "1 failed, 3 passed" in done.stdout and done.returncode == 1
    assert "steps/02-step/tests/test_failing.py::test_that_does_not_hold" in done.stdout
    assert '>       assert greeting == "good bye"' in done.stdout
    assert "tests/test_failing.py:9: AssertionError" in done.stdout
    assert "what the test printed" in done.stdout


def test_a_step_that_cannot_be_collected_fails(top):
    (top.folder / "tests" / "test_broken.py").write_text("import nothing_of_that_name\n")
    done = top()
    assert done.returncode != 0
    assert "No module named 'nothing_of_that_name'" in done.stdout


def test_a_step_without_tests_fails(top):
    shutil.rmtree(top.folder / "tests")
    done = top()
    assert done.returncode == 1 and "1 failed, 1 passed" in done.stdout


def test_a_step_whose_process_dies_fails(top):
    (top.folder / "tests" / "test_dying.py").write_text(
        "import os\n\n\ndef test_it():\n    os._exit(0)\n"
    )
    done = top()
    assert done.returncode == 1 and "1 failed" in done.stdout


def test_a_step_that_needs_a_neighbour_fails(top):
    (top.folder / "tests" / "test_leaning.py").write_text(
        "from pathlib import Path\n\n\ndef test_it():\n"
        "    assert Path('../01-step/app.py').exists() or Path('../../workshop').exists()\n"
    )
    assert "1 failed" in top("--checkpoint", "02-step").stdout


def test_one_step_can_be_chosen(top):
    done = top("--checkpoint", "02-step")
    assert "1 passed" in done.stdout
    assert "steps/02-step/tests/test_app.py::test_number PASSED" in done.stdout


def test_options_choose_among_the_tests_of_the_steps(top):
    (top.folder / "tests" / "test_failing.py").write_text(FAILING)
    done = top("-k", "holds")
    assert "1 passed" in done.stdout and "failed" not in done.stdout and done.returncode == 0


def test_a_test_that_never_ends_fails_and_the_others_still_run(top):
    conftest = top.folder.parent.parent / "conftest.py"
    text = conftest.read_text()
    assert "TEST_SECONDS = 300" in text
    conftest.write_text(text.replace("TEST_SECONDS = 300", "TEST_SECONDS = 1"))
    endless = "import threading\n\n\ndef test_it():\n    threading.Event().wait()\n"
    (top.folder / "tests" / "test_a_endless.py").write_text(endless)
    done = top()
    assert "1 failed, 2 passed" in done.stdout
    assert "Timeout" in done.stdout and "threading.Event().wait()" in done.stdout


def test_a_project_of_a_learner_beside_the_steps_is_left_out(top):
    mine = top.folder.parent.parent / "my-chat" / "tests"
    mine.mkdir(parents=True)
    (mine / "test_mine.py").write_text("def test_mine():\n    assert False\n")
    for options in ((), ("--checkpoint", "02-step")):
        done = top(*options)
        assert done.returncode == 0 and "test_mine" not in done.stdout, done.stdout


def test_every_test_of_the_workshop_is_among_those_that_run():
    words = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "--collect-only", "-q", "tests"]
    environment = {**os.environ, "PYTEST_ADDOPTS": ""}
    done = subprocess.run(words, cwd=course.ROOT, env=environment, capture_output=True, text=True)
    collected = {line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}
    there = (course.ROOT / "tests").rglob("test_*.py")
    assert collected == {path.relative_to(course.ROOT).as_posix() for path in there}
