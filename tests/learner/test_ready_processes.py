"""Forked and pre-started processes behave like a script that runs on its own."""

import contextlib
import signal
import subprocess
import sys
import time

import patience
import psutil
import pytest

from workshop.base.processes import are_visible
from workshop.course import catalog
from workshop.learner.check import check
from workshop.learner.running import forked, ready, script_process, trial
from workshop.learner.running.forked import Forks
from workshop.learner.running.warm import WarmProcesses

forks_only = pytest.mark.skipif(not forked.IS_POSSIBLE, reason="no process is forked here")
visible_only = pytest.mark.skipif(not are_visible(), reason="this system doesn't list processes")

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
WAITING = "import time\nprint('here', flush=True)\ntime.sleep(3600)\n"


@contextlib.contextmanager
def stopped_at_the_end(processes):
    yield processes
    processes.stop()


@pytest.fixture(params=["forks", pytest.param("warm processes", marks=pytest.mark.slow)])
def processes(request):
    if request.param == "warm processes":
        with stopped_at_the_end(WarmProcesses(ready.environment())) as found:
            found.prepare()
            yield found
    elif forked.IS_POSSIBLE:
        yield request.getfixturevalue("forks")
    else:
        pytest.skip("no process is forked here")


@pytest.fixture(scope="module")
def forks():
    with stopped_at_the_end(Forks.start(ready.environment())) as found:
        yield found


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def start(processes, folder, log):
    log.touch()
    words = ["script.py", "one", "two"]
    environment = {**ready.environment(), "MORE": "ä"}
    return processes.run(words, str(folder), environment, str(log), hand_on=True)


@pytest.mark.parametrize("text", [TELLING, FAILING, ENDING, NO_PYTHON])
def test_a_process_does_and_says_what_the_script_does_by_itself(processes, folder, tmp_path, text):
    (folder / "script.py").write_text(text)
    process = start(processes, folder, tmp_path / "log")
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
def test_a_folder_that_hides_a_package_is_not_run_so(processes, folder, tmp_path, name):
    (folder / "script.py").write_text("import redis, json, twisted\n")
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("")
    assert start(processes, folder, tmp_path / "log") is None


def test_a_process_can_be_ended(processes, folder, tmp_path):
    (folder / "script.py").write_text(WAITING)
    process = start(processes, folder, tmp_path / "log")
    assert process.poll() is None
    process.terminate()
    assert process.wait() < 0
    process.kill()  # once more does no harm


@forks_only
@visible_only
def test_forked_processes_exit_with_their_client(forks, folder, tmp_path):
    (folder / "script.py").write_text(WAITING)
    process = start(forks, folder, tmp_path / "log")
    seen = psutil.Process(process.pid)
    process._server.close()
    assert psutil.wait_procs([seen], timeout=patience.SECONDS)[1] == []


@pytest.mark.slow
@forks_only
def test_a_fork_server_that_has_exited_is_no_error(folder, tmp_path):
    (folder / "script.py").write_text(WAITING)
    lonely = Forks.start(ready.environment())
    process = start(lonely, folder, tmp_path / "log")
    lonely.stop()
    assert process.wait() < 0
    assert not psutil.pid_exists(process.pid)
    later = Forks.start(ready.environment())
    later._server.kill()
    assert start(later, folder, tmp_path / "log") is None
    later.stop()


WAITS = """
import sys
from workshop.learner.running import ready
from workshop.learner.running.warm import WarmProcesses
processes = WarmProcesses(ready.environment())
processes.prepare()
print(processes._ready.pid, flush=True)
sys.stdin.read()
"""


@visible_only
def test_a_warm_process_exits_with_its_parent():
    starter = subprocess.Popen(
        [sys.executable, "-c", WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with starter:
        warm = psutil.Process(int(starter.stdout.readline()))
        starter.kill()
    assert psutil.wait_procs([warm], timeout=patience.SECONDS)[1] == []


def wait_until_it_imports(process):
    """Wait until a process uses more memory than a bare interpreter."""
    seen = psutil.Process(process.pid)
    deadline = time.monotonic() + patience.SECONDS
    while seen.memory_info().rss < 25_000_000:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@visible_only
def test_an_interrupt_of_a_check_prints_nothing_of_the_process_that_waits(monkeypatch, capfd):
    monkeypatch.setattr(forked, "IS_POSSIBLE", False)
    monkeypatch.setattr(ready, "_known", [])
    with stopped_at_the_end(ready.processes()) as processes:
        process = processes._ready
        wait_until_it_imports(process)
        process.send_signal(signal.SIGINT)
        process.wait(patience.SECONDS)
    assert capfd.readouterr() == ("", "")


def test_a_warm_process_that_has_exited_is_no_error(folder, tmp_path):
    (folder / "script.py").write_text(WAITING)
    with stopped_at_the_end(WarmProcesses(ready.environment())) as processes:
        assert start(processes, folder, tmp_path / "log") is None
        processes.prepare()
        processes._ready.kill()
        processes._ready.wait()
        assert start(processes, folder, tmp_path / "log") is None


@pytest.mark.slow
def test_everything_that_is_imported_beforehand_is_there_and_nothing_that_a_learner_imports():
    names = script_process.IMPORTED.split()
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


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Forks, WarmProcesses])
def test_a_check_starts_no_process_that_has_to_import_everything(project_of, monkeypatch, kind):
    if kind is Forks and not forked.IS_POSSIBLE:
        pytest.skip("no process is forked here")
    monkeypatch.setattr(forked, "IS_POSSIBLE", kind is Forks)
    monkeypatch.setattr(ready, "_known", [])
    assert isinstance(ready.processes(), kind)
    monkeypatch.setattr(trial._Run, "_start_anew", lambda *_: pytest.fail("started anew"))
    verdict = check(project_of("01"), catalog.find("01"))
    ready.processes().stop()
    assert verdict.is_done, verdict.log
