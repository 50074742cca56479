"""A process of a check is forked: it must be what the same script is that starts by itself."""

import runpy
import subprocess
import sys

import psutil
import pytest

from workshop import course
from workshop.learner import forked, ready, trial
from workshop.learner.check import check

pytestmark = pytest.mark.skipif(not forked.IS_POSSIBLE, reason="no process is forked here")

TELLING = """
import json, os, signal, sys, threading, __main__
print(json.dumps([
    __name__, __file__, __main__.__dict__ is globals(), sys.argv, sys.path,
    os.getcwd(), dict(os.environ), sys.flags.utf8_mode, sys.warnoptions, threading.active_count(),
    [str(signal.getsignal(one)) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
    os.path.realpath("/dev/fd/0"), sys.stdin.read(), sys.stdout.line_buffering,
]))
"""
FAILING = "def fail():\n    return {}['no such key']\n\n\nprint('so far')\nfail()\n"
ENDING = "import sys, atexit\natexit.register(print, 'at the end')\nsys.exit(3)\n"
NO_PYTHON = "print('never')\nimport )\n"
WAITING = "import time\nprint('here', flush=True)\ntime.sleep(60)\n"


@pytest.fixture(scope="module")
def forks():
    one = forked.Forks.start(ready.environment())
    yield one
    one.stop()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def start(forks, folder, log):
    with open(log, "wb") as file:
        output = (file.fileno(), file.fileno())
        words, environment = ["script.py", "one", "two"], {**ready.environment(), "MORE": "ä"}
        return forks.run(words, str(folder), environment, output)


@pytest.mark.parametrize("text", [TELLING, FAILING, ENDING, NO_PYTHON])
def test_a_fork_does_and_says_what_the_script_does_by_itself(forks, folder, tmp_path, text):
    (folder / "script.py").write_text(text)
    process = start(forks, folder, tmp_path / "log")
    usual = subprocess.run(
        [sys.executable, "script.py", "one", "two"],
        cwd=folder,
        env={**ready.environment(), "MORE": "ä"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.wait() == usual.returncode
    assert (tmp_path / "log").read_text() == usual.stdout.decode()
    assert process.poll() == usual.returncode


@pytest.mark.parametrize("name", ["redis.py", "json.py", "twisted/__init__.py"])
def test_a_folder_that_hides_a_package_gets_no_fork(forks, folder, tmp_path, name):
    (folder / "script.py").write_text("import redis, json, twisted\n")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("")
    assert start(forks, folder, tmp_path / "log") is None


def test_a_fork_can_be_ended(forks, folder, tmp_path):
    (folder / "script.py").write_text(WAITING)
    process = start(forks, folder, tmp_path / "log")
    assert process.poll() is None
    process.terminate()
    assert process.wait() < 0
    process.kill()  # once more does no harm


def test_whatever_was_forked_ends_with_the_one_who_wanted_it(forks, folder, tmp_path):
    (folder / "script.py").write_text(WAITING)
    process = start(forks, folder, tmp_path / "log")
    seen = psutil.Process(process.pid)
    process._server.close()
    assert psutil.wait_procs([seen], timeout=20)[1] == []


def test_a_server_that_is_gone_is_no_error(folder, tmp_path):
    (folder / "script.py").write_text(WAITING)
    lonely = forked.Forks.start(ready.environment())
    process = start(lonely, folder, tmp_path / "log")
    lonely.stop()
    assert process.wait() < 0
    assert not psutil.pid_exists(process.pid)
    later = forked.Forks.start(ready.environment())
    later._server.kill()
    assert start(later, folder, tmp_path / "log") is None
    later.stop()


def test_everything_that_is_imported_beforehand_is_there_and_nothing_that_a_learner_imports():
    names = runpy.run_path(str(forked.SERVER))["IMPORTED"].split()
    lines = [f"import {name}" for name in names]
    lines += ["import sys, threading", "print(sorted(sys.modules), threading.active_count())"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    loaded = done.stdout
    for name in (
        "channels",
        "channels_redis",
        "daphne",
        "chat_project",
        "twisted.internet.reactor",
    ):
        assert f"'{name}'" not in loaded
    assert loaded.endswith("] 1\n"), "a thread does not survive a fork"


def test_a_check_uses_the_forks(project_of, monkeypatch):
    ready.forks()
    monkeypatch.setattr(trial.subprocess, "Popen", lambda *_, **__: pytest.fail("started anew"))
    verdict = check(project_of("01"), course.find("01"))
    assert verdict.is_done, verdict.log
