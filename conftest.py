"""Run each checkpoint's tests in a process of its own, and report them here one by one.

All checkpoints hold modules of the same names, so one Python process can load only one of them:
with two, the second would silently test the first one's code. Each runs in a copy of its folder
outside the repository, so whatever passes here needs nothing around it. The workshop's own tests
get a process too, with two workers more than processors: they mostly wait for other processes.
"""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workshop import course

ROOT = Path(__file__).resolve().parent
CHECKPOINTS = [checkpoint for checkpoint in course.load() if checkpoint.folder.exists()]
FOLDERS = [checkpoint.folder for checkpoint in CHECKPOINTS]
LARGE = [checkpoint.folder for checkpoint in CHECKPOINTS if checkpoint.rewritten]
TEST_SECONDS = 300
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "db.sqlite3*", "staticfiles")


class Child(pytest.Item):
    """Stands for all tests of a folder, which a child pytest runs."""

    child = None
    cancelled = False

    def prepare(self, elsewhere):
        """Return the folder where the child runs, and its arguments."""
        raise NotImplementedError

    def start(self, elsewhere, options):
        """Run the child to its end; return its exit code, its output and its reports."""
        if self.cancelled:
            return 0, "", []
        folder, arguments = self.prepare(elsewhere)
        log, output = (elsewhere / f"{self.path.name}{suffix}" for suffix in (".jsonl", ".txt"))
        command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-p", "no:cacheprovider"]
        command += [f"--report-log={log}", f"--timeout={TEST_SECONDS}", *arguments, *options]
        with open(output, "wb") as file:  # not a pipe, which an orphan would hold open for ever
            self.child = subprocess.Popen(
                command,
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            code = self.child.wait()
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        text = output.read_text(encoding="utf-8", errors="replace")
        return code, text, [json.loads(line) for line in lines]

    def cancel(self):
        self.cancelled = True
        if self.child and self.child.poll() is None:
            self.child.terminate()

    def replay(self):
        """Report the child's tests as if they had run here."""
        code, output, lines = self.result.result()
        failed = False
        finished = any(data["$report_type"] == "SessionFinish" for data in lines)
        for data in lines:
            if data["$report_type"] not in ("TestReport", "CollectReport"):
                continue
            data.pop("node", None)  # The worker, which only its own process can ask for its name.
            if isinstance(data["longrepr"], list):  # A skip's tuple, which JSON made a list.
                data["longrepr"] = tuple(data["longrepr"])
            report = self.config.hook.pytest_report_from_serializable(config=self.config, data=data)
            failed = failed or report.failed
            if data["$report_type"] == "TestReport":
                self.ihook.pytest_runtest_logreport(report=report)
            elif report.failed:
                self.ihook.pytest_collectreport(report=report)
        if not failed and not (finished and code in self.good_codes):
            where = (str(self.path.relative_to(ROOT)), None, self.name)
            report = pytest.TestReport(self.nodeid, where, {}, "failed", output, "call")
            self.ihook.pytest_runtest_logreport(report=report)

    def runtest(self):
        raise NotImplementedError("pytest_runtest_protocol replays the child's reports instead")


class Checkpoint(Child):
    def prepare(self, elsewhere):
        copy = elsewhere / self.path.relative_to(ROOT)
        shutil.copytree(self.path, copy, ignore=LEFT_BY_RUNNING)
        workers = ["--numprocesses=2"] if self.path in LARGE else []
        return copy, [f"--rootdir={elsewhere}", *workers]


class Workshop(Child):
    def prepare(self, elsewhere):
        workers = (os.cpu_count() or 1) + 2
        return ROOT, ["tests", f"--numprocesses={workers}", "--dist=worksteal"]


def pytest_addoption(parser):
    words = "test only this checkpoint, named by its folder; may be given more than once"
    parser.addoption("--checkpoint", action="append", default=[], metavar="NAME", help=words)


def pytest_ignore_collect(collection_path, config):
    """Leave out what a learner has here, and with --checkpoint the tests of the workshop itself."""
    ours = {"steps", "final"} | (set() if config.option.checkpoint else {"tests"})
    is_at_the_top = collection_path.parent == ROOT and collection_path.is_dir()
    return is_at_the_top and collection_path.name not in ours or None


class ChildFolder(pytest.Directory):
    kind = Checkpoint

    def collect(self):
        yield self.kind.from_parent(self, name=f"pytest in {self.path.name}", path=self.path)


class WorkshopFolder(ChildFolder):
    kind = Workshop


def pytest_collect_directory(path, parent):
    if path in FOLDERS:
        return ChildFolder.from_parent(parent, path=path)
    everything = parent.config.args_source is parent.config.ArgsSource.TESTPATHS
    if everything and path == ROOT / "tests":
        return WorkshopFolder.from_parent(parent, path=path)
    return None


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Start the children; -k and -m choose among their tests, not among the children."""
    chosen = config.option.checkpoint
    children = [
        item
        for item in items
        if isinstance(item, Child) and (not chosen or item.path.name in chosen)
    ]
    items[:] = [item for item in items if not isinstance(item, Child)]
    yield
    items += children
    if not children or config.option.collectonly:
        return
    options = ["-k", config.option.keyword] if config.option.keyword else []
    options += ["-m", config.option.markexpr] if config.option.markexpr else []
    none_chosen = {pytest.ExitCode.NO_TESTS_COLLECTED} if options else set()
    options += [f"--maxfail={config.option.maxfail}"] if config.option.maxfail else []
    elsewhere = config._tmp_path_factory.mktemp("children")
    pool = ThreadPoolExecutor(2)
    slowest_first = sorted(children, key=lambda item: item.path.name, reverse=True)
    for item in slowest_first:
        item.good_codes = {pytest.ExitCode.OK} | none_chosen
        item.result = pool.submit(item.start, elsewhere, options)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    if isinstance(item, Child):
        item.replay()
        return True
    return None


def pytest_sessionfinish(session):
    for item in getattr(session, "items", []):
        if isinstance(item, Child):
            item.cancel()


def _environment():
    ours = {"PYTEST_ADDOPTS", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in ours}
