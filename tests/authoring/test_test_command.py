"""`test` runs each suite in a separate process, and sums up the outcomes."""

import os
import shutil
import subprocess
import sys

import patience
import pytest

from workshop.authoring.testing import suites
from workshop.base.paths import ROOT

FAILING = """
def test_that_holds():
    pass


def test_that_does_not_hold():
    print("what the test printed")
    greeting = "hello"
    assert greeting == "good bye"
"""
PYTEST_INI = """[pytest]
testpaths = tests
addopts = -p no:cacheprovider -p no:django
markers =
    slow: takes long
"""


@pytest.fixture
def small_course(copied):
    """A workshop with two steps that have modules of the same name. `run` calls `test` in it."""
    root = copied()
    entries = []
    for number in ("01", "02"):
        folder = root / "steps" / f"{number}-step"
        (folder / "tests").mkdir(parents=True)
        (folder / "pytest.ini").write_text(PYTEST_INI)
        (folder / "app.py").write_text(f"NUMBER = {number!r}\n")
        test = f"import app\n\n\ndef test_number():\n    assert app.NUMBER == {number!r}\n"
        (folder / "tests" / "test_app.py").write_text(test)
        entries.append(f'[[checkpoint]]\nslug = "{number}-step"\ntitle = "A step"\nminutes = 1\n')
    (root / "steps" / "course.toml").write_text("\n".join(entries))
    shutil.rmtree(root / "channels-doctor" / "tests", ignore_errors=True)
    return root


@pytest.fixture
def run(small_course, clean_environment):
    def call(*words, **environment):
        return subprocess.run(
            [sys.executable, "-m", "workshop.cli", "test", *words],
            cwd=small_course,
            env={**clean_environment, "PYTHONPATH": str(small_course), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience.SECONDS,
        )

    return call


@pytest.fixture
def step(small_course):
    return small_course / "steps" / "02-step"


def last_line(done):
    return done.stdout.rstrip().splitlines()[-1]


def test_each_step_is_tested_with_its_own_code(run):
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert last_line(done) == "2 passed, 0 failed, 0 skipped"
    assert "of 2] 01-step: 1 passed" in done.stdout
    assert "of 2] 02-step: 1 passed" in done.stdout


@pytest.mark.slow
def test_the_summary_names_the_slowest_groups(run):
    assert "Slowest groups of tests: 0" in run().stdout


@pytest.mark.slow
def test_slow_tests_run_with_all_and_are_counted_as_left_out_without_it(run, step):
    slow = "import pytest\n\n\n@pytest.mark.slow\ndef test_slow():\n    pass\n"
    (step / "tests" / "test_slow.py").write_text(slow)
    quick = run()
    assert last_line(quick) == "2 passed, 0 failed, 0 skipped"
    assert "Left out: the slow tests" in quick.stdout
    assert "python3 -m workshop test --all" in quick.stdout
    whole = run("--all")
    assert last_line(whole) == "3 passed, 0 failed, 0 skipped"
    assert "Left out" not in whole.stdout


@pytest.mark.slow
def test_a_named_step_runs_its_slow_tests_too(run, step):
    slow = "import pytest\n\n\n@pytest.mark.slow\ndef test_slow():\n    pass\n"
    (step / "tests" / "test_slow.py").write_text(slow)
    assert "2 passed" in run("02").stdout


@pytest.mark.slow
def test_a_failure_is_shown_as_pytest_shows_it(run, step):
    (step / "tests" / "test_failing.py").write_text(FAILING)
    done = run()
    assert done.returncode == 1
    assert last_line(done) == "3 passed, 1 failed, 0 skipped"
    assert '>       assert greeting == "good bye"' in done.stdout
    assert "tests/test_failing.py:9: AssertionError" in done.stdout
    assert "what the test printed" in done.stdout


@pytest.mark.slow
def test_a_skipped_test_is_counted_with_its_reason(run, step):
    skipped = "import pytest\n\n\ndef test_it():\n    pytest.skip('no Redis here')\n"
    (step / "tests" / "test_skipped.py").write_text(skipped)
    done = run()
    assert "1 skipped: no Redis here" in done.stdout
    assert last_line(done) == "2 passed, 0 failed, 1 skipped"


@pytest.mark.slow
def test_a_step_that_cannot_be_collected_fails(run, step):
    (step / "tests" / "test_broken.py").write_text("import nothing_of_that_name\n")
    done = run()
    assert done.returncode != 0
    assert "No module named 'nothing_of_that_name'" in done.stdout


@pytest.mark.slow
def test_a_step_without_tests_fails(run, step):
    shutil.rmtree(step / "tests")
    done = run()
    assert done.returncode != 0
    assert last_line(done) == "1 passed, 1 failed, 0 skipped"


@pytest.mark.slow
def test_a_step_whose_process_dies_fails(run, step):
    dying = "import os\n\n\ndef test_it():\n    os._exit(0)\n"
    (step / "tests" / "test_dying.py").write_text(dying)
    done = run()
    assert done.returncode == 1
    assert "1 failed" in last_line(done)


@pytest.mark.slow
def test_a_step_that_needs_a_neighbour_fails(run, step):
    (step / "tests" / "test_leaning.py").write_text(
        "from pathlib import Path\n\n\ndef test_it():\n"
        "    assert Path('../01-step/app.py').exists() or Path('../../workshop').exists()\n"
    )
    assert "1 failed" in run("02").stdout


@pytest.mark.slow
def test_options_choose_among_the_tests_of_all_steps(run, step):
    (step / "tests" / "test_failing.py").write_text(FAILING)
    done = run("-k", "holds")
    assert done.returncode == 0
    assert last_line(done) == "1 passed, 0 failed, 0 skipped"


@pytest.mark.slow
def test_options_that_choose_nothing_end_with_pytests_own_code(run):
    assert run("-k", "nothing_of_that_name").returncode == 5


@pytest.mark.slow
def test_a_test_that_never_ends_fails_and_the_others_still_run(run, small_course, step):
    module = small_course / "workshop" / "authoring" / "testing" / "suites.py"
    text = module.read_text()
    assert "TEST_SECONDS = 900" in text
    module.write_text(text.replace("TEST_SECONDS = 900", "TEST_SECONDS = 1"))
    endless = "import threading\n\n\ndef test_it():\n    threading.Event().wait()\n"
    (step / "tests" / "test_a_endless.py").write_text(endless)
    done = run()
    assert last_line(done) == "2 passed, 1 failed, 0 skipped"
    assert "Timeout" in done.stdout
    assert "threading.Event().wait()" in done.stdout


@pytest.mark.slow
def test_a_learners_project_beside_the_steps_is_left_out(run, small_course):
    mine = small_course / "my-chat" / "tests"
    mine.mkdir(parents=True)
    (mine / "test_mine.py").write_text("def test_mine():\n    assert False\n")
    done = run()
    assert done.returncode == 0, done.stdout
    assert "test_mine" not in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("suite", suites.OTHERS, ids=lambda suite: suite.name)
def test_every_test_module_is_collected(suite):
    folder = ROOT / suite.folder
    words = [sys.executable, "-m", "pytest", "-c", suite.config, "--collect-only", "-q"]
    done = subprocess.run(
        [*words, "--rootdir=.", suite.tests],
        cwd=folder,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    collected = {line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}
    present = (folder / suite.tests).rglob("test_*.py")
    assert collected == {path.relative_to(folder).as_posix() for path in present}
