"""Run a checkpoint's tests on a copy of a learner's project, and collect what happened."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.base.processes import ended_by_signals, stop, undisturbed
from workshop.base.project_files import files
from workshop.course import catalog
from workshop.course.catalog import Checkpoint, Goal
from workshop.learner.running import ready

OBSERVER, RECORDER, HURRY, FORKED = (
    Path(__file__).with_name(name)
    for name in ("observer.py", "recorder.py", "hurry.py", "forked.py")
)
LIMIT = float(os.environ.get("WORKSHOP_TIME_LIMIT") or 10)  # seconds to compute without an end
PLUGINS = ["pytest_django.plugin", "pytest_asyncio.plugin"]
OWN = ("tests/", "pytest.ini")  # files that we add to the copy
MOST_PATIENT = 4  # times as long as on an idle machine


@dataclass(frozen=True)
class CodeLocation:
    """A line of the learner's code: its `path` inside their folder, and its `function` if known."""

    path: str
    line: int
    function: str = ""


@dataclass(frozen=True)
class PageEvent:
    """What happened in a browser: `kind` is error, log, answer, socket, refused, sent or received.

    `path` and `line` refer to the script that caused it, if they are known.
    """

    kind: str
    text: str
    path: str = ""
    line: int = 0


@dataclass(frozen=True)
class Deed:
    """What the learner's code did in the test's process, at `places`, innermost first.

    It `did` one of these:

    - line: it ran the line at its only place;
    - get: a consumer got an event of the type `text`;
    - accept, send, close: it accepted a socket, sent the frame `text`, or closed with the code
      `text`;
    - join, leave, tell: it joined or left the group `text`, or sent an event to it;
    - answer, refuse: a view gave an answer ("404 /chat/"), or raised an error for the path `text`.

    If it handled an error then, that is the first of `error`, which passed `error_places`. The
    others led to it. `event` is the number of the event or request that it was done for, or 0.
    """

    did: str
    text: str = ""
    places: tuple[CodeLocation, ...] = ()
    error: tuple[str, ...] = ()
    error_places: tuple[CodeLocation, ...] = ()
    event: int = 0


@dataclass(frozen=True)
class Failure:
    """What went wrong in `test`, or before any test if that is empty.

    `kind`, `module` and `message` describe the exception. `raised_in` is the package whose code
    raised it, `places` are the lines of the learner's code that it passed, innermost first, and
    `more` are the exceptions that led to it. `output` is what was printed in the meantime,
    including by servers. `pages` are the browser's events, `deeds` is what their code did, oldest
    first, and `fixtures` are the names of the fixtures that the test used.
    """

    test: str
    kind: str
    message: str
    module: str = ""
    raised_in: str = ""
    places: tuple[CodeLocation, ...] = ()
    more: tuple[str, ...] = ()
    output: str = ""
    url: str = ""
    missing: str = ""
    fixtures: tuple[str, ...] = ()
    pages: tuple[PageEvent, ...] = ()
    deeds: tuple[Deed, ...] = ()


@dataclass
class Trial:
    """What happened: `results` by test ("passed", "failed", "skipped"), and each failure.

    `crash` is a failure before any test, `stuck` is the place where the code ran into the time
    limit (in the test `stuck_in`), and `log` is everything that was printed.
    """

    results: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    crash: Failure | None = None
    stuck: CodeLocation | None = None
    stuck_in: str = ""
    log: str = ""
    seconds: float = 0


def run(
    folder: Path,
    step: Checkpoint,
    goals: Sequence[Goal],
    root: Path = ROOT,
    more_tests: Sequence[Path] = (),
) -> Trial:
    """Run the tests of `goals`, which `step` contains, on the project in `folder`.

    The folder stays unchanged. `more_tests` are files with tests that the step doesn't contain.

    Raises WorkshopError if the step needs Redis and there is none.
    """
    began = time.monotonic()
    trial = Trial()
    with ended_by_signals(), contextlib.ExitStack() as stack:
        environment = ready.environment() | _redis_for(folder, step, stack)
        place = Path(stack.enter_context(_temporary_folder()))
        project = place / "project" / folder.name  # it may have the same name as a run
        _copy(folder, step, project, more_tests)
        runs = [_Run(place / str(n), tests) for n, tests in enumerate(_shares(goals))]
        for number, run in enumerate(runs):
            run.start(project, with_own_redis(environment, number), _groups(goals), root)
            stack.callback(_stop, run.process)
        _wait(runs)
        for run in runs:
            _stop(run.process)
            run.read(trial, project, folder)
    trial.seconds = time.monotonic() - began
    return trial


def _wait(runs: list["_Run"]) -> None:
    """Wait until all processes have ended, or one of them is stuck."""
    while any(run.process.poll() is None for run in runs):
        if any(run.is_stuck() for run in runs):
            return
        time.sleep(0.02)


def _redis_for(folder: Path, step: Checkpoint, stack: contextlib.ExitStack) -> dict[str, str]:
    """Return {"REDIS_URL": …} if the step's tests or the project use Redis, else {}.

    Raises WorkshopError if the tests need one and there is none.
    """
    is_needed = "redis" in step.needs
    if not is_needed and not _reads_redis_url(folder):
        return {}
    from workshop.services import redis_server  # the import takes long, and few steps need it

    try:
        return {"REDIS_URL": stack.enter_context(redis_server.running()).url}
    except WorkshopError:
        if is_needed:
            raise
        return {}


def with_own_redis(environment: dict[str, str], number: int) -> dict[str, str]:
    """Return `environment` with a Redis database that neither another run nor the learner uses.

    Each run has its own SQL database, so two runs would use the same room numbers, and therefore
    the same group names. So would the server that the learner has left running.
    """
    url = environment.get("REDIS_URL")
    if not url:
        return environment
    from workshop.services import redis_server

    return environment | {"REDIS_URL": redis_server.other_database(url, number + 1)}


def _reads_redis_url(folder: Path) -> bool:
    """Return whether the project in `folder` reads the URL of its Redis from REDIS_URL."""
    sources = (path for inside, path in files(folder).items() if inside.endswith(".py"))
    return any(b"REDIS_URL" in path.read_bytes() for path in sources)


def patience_for(quick: dict[str, float]) -> dict[str, float]:
    """Return the values in `quick` for this machine, with longer waits if its processors are busy.

    Otherwise, code that is merely slow would count as wrong.
    """
    busyness = 1.0
    with contextlib.suppress(OSError):  # there is no /proc
        busyness = psutil.getloadavg()[0] / (psutil.cpu_count() or 1)
    factor = min(max(1, round(busyness)), MOST_PATIENT)
    return {key: value * factor if "PATIENCE" in key else value for key, value in quick.items()}


class _Run:
    """A process that runs some of the tests."""

    def __init__(self, place: Path, tests: list[str]):
        place.mkdir()
        self.tests = tests
        self.orders, self.events = place / "orders.json", place / "events.jsonl"
        self.stuck, self.log = place / "stuck", place / "log"
        self.known, self.since, self.used, self.was_stuck = -1, 0.0, 0.0, False

    def start(self, project: Path, environment: dict, groups: dict, root: Path) -> None:
        orders = {
            "events": str(self.events),
            "stuck": str(self.stuck),
            "tests": self.tests,
            "groups": groups,
            "quick": patience_for(catalog.quick(root)),
            "hurry": [str(HURRY), catalog.hurry(root)],
            "forked": str(FORKED),
            "recorder": str(RECORDER),
            "every": LIMIT / 3,
            "plugins": PLUGINS,
            "arguments": ["-q", "--tb=long", "--rootdir=.", "-p", "no:cacheprovider"]
            + _test_files(project, self.tests),
        }
        self.orders.write_text(json.dumps(orders), encoding="utf-8")
        self.events.touch()
        self.stuck.touch()
        self.log.touch()
        words = [str(OBSERVER), str(self.orders)]
        started = ready.processes().run(
            words, str(project), environment, str(self.log), hand_on=True
        )
        self.process = started or self._start_anew(words, project, environment)

    def _start_anew(self, words: list[str], project: Path, environment: dict) -> subprocess.Popen:
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [sys.executable, *words],
                cwd=project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def is_stuck(self) -> bool:
        """Return whether no test has ended for LIMIT seconds, although the process was busy.

        A process that has used little CPU time may only be waiting for its turn, so it gets longer.
        """
        now = time.monotonic()
        try:
            times = psutil.Process(self.process.pid).cpu_times()
            computing = times.user + times.system
        except psutil.Error:
            if self.process.poll() is not None:
                return False
            computing = 0  # unknown in a container without /proc
        size, used = self.events.stat().st_size, computing
        if size != self.known:
            self.known, self.since, self.used = size, now, used
        waited, computed = now - self.since, used - self.used
        self.was_stuck = waited > LIMIT and (computed > LIMIT or waited > 4 * LIMIT)
        return self.was_stuck

    def read(self, trial: Trial, project: Path, folder: Path) -> None:
        lines = self.events.read_text(encoding="utf-8").splitlines()
        for line in lines:
            with contextlib.suppress(ValueError):  # an unfinished line
                _take(json.loads(line), trial, project)
        if self.was_stuck and not trial.stuck:
            trial.stuck = _place_in(self.stuck, project) or CodeLocation("", 0)
        log = self.log.read_text(encoding="utf-8", errors="replace")
        trial.log += log.replace(str(project), str(folder))
        came_to_a_test = any('"event": "begin"' not in line for line in lines)
        if not (came_to_a_test or trial.stuck):
            words = f"the tests ended with code {self.process.returncode}"
            trial.crash = trial.crash or Failure("", "Ended", words, output=log)


def _take(event: dict, trial: Trial, project: Path) -> None:
    match event.pop("event"):
        case "begin":
            if not event["what"].startswith("fixture "):
                trial.stuck_in = trial.stuck_in if trial.stuck else event["what"]
        case "passed":
            trial.results.setdefault(event["test"], "passed")
        case "skipped":
            trial.results.setdefault(event["test"], "skipped")
            trial.skipped[event["test"]] = event["reason"]
        case "warning":
            trial.warnings.append(event["text"])
        case "crash":
            trial.crash = trial.crash or _failure(event, project)
        case "failed":
            trial.results[event["test"]] = "failed"
            trial.failures.append(_failure(event, project))


def _failure(event: dict, project: Path) -> Failure:
    places = _places(event["frames"], project)
    words = {name: event[name] for name in ("kind", "message", "module", "raised_in")}
    words["message"] = words["message"].replace(str(project) + os.sep, "")
    return Failure(
        test=event.get("test", ""),
        places=places,
        more=tuple(event["more"]),
        output=event.get("output", "").replace(str(project) + os.sep, ""),
        url=event["url"] or "",
        missing=event["missing"] if isinstance(event["missing"], str) else "",
        fixtures=tuple(event.get("fixtures", ())),
        pages=tuple(PageEvent(**page) for page in event.get("pages", ())),
        deeds=tuple(_deed(deed, project) for deed in event.get("deeds", ())),
        **words,
    )


def _deed(deed: dict, project: Path) -> Deed:
    return Deed(
        deed["did"],
        deed.get("text", ""),
        _places(deed["places"], project),
        tuple(deed.get("error", ())),
        _places(deed.get("error_places", ()), project),
        deed["event"],
    )


def _places(frames: Iterable[dict], project: Path) -> tuple[CodeLocation, ...]:
    return tuple(
        CodeLocation(_inside(frame["path"], project), frame["line"] or 1, frame["function"])
        for frame in frames
    )


def _place_in(stuck: Path, project: Path) -> CodeLocation | None:
    """Return the line of the learner's code in the file `stuck`, if there is one."""
    with contextlib.suppress(ValueError):  # it was being written
        for frame in json.loads(stuck.read_text(encoding="utf-8")):
            return CodeLocation(_inside(frame["path"], project), frame["line"], frame["function"])
    return None


def _inside(path: str, project: Path) -> str:
    try:
        return os.path.relpath(path, project).replace(os.sep, "/")
    except ValueError:  # another drive on Windows
        return path


def _shares(goals: Iterable[Goal]) -> list[list[str]]:
    """Return the tests for each process, with the slow ones first."""
    shares: dict[str, list[str]] = {}
    for goal in sorted(goals, key=lambda goal: not goal.beside):
        shares.setdefault(goal.beside, []).extend(goal.tests)
    return list(shares.values())


def _test_files(project: Path, tests: list[str]) -> list[str]:
    """Return the files in tests/ that contain `tests`, so a process only loads what it runs."""
    wanted = re.compile(rf"^(async )?def ({'|'.join(tests)})\(", re.MULTILINE)
    paths = sorted((project / "tests").glob("test_*.py"))
    found = [path for path in paths if wanted.search(path.read_text(encoding="utf-8"))]
    return [path.relative_to(project).as_posix() for path in found]


def _groups(goals: Iterable[Goal]) -> dict[str, str]:
    return {test: goal.tests[0] for goal in goals for test in goal.tests}


def _copy(folder: Path, step: Checkpoint, project: Path, more_tests: Sequence[Path]) -> None:
    """Copy the learner's project without its tests, and add those of `step` and `more_tests`."""
    sources = {path: source for path, source in files(folder).items() if not path.startswith(OWN)}
    sources |= {path: source for path, source in files(step.folder).items() if path.startswith(OWN)}
    if (folder / ".env").is_file():
        sources[".env"] = folder / ".env"
    for inside, source in sources.items():
        (project / inside).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # an editor's temporary file, already gone
            shutil.copyfile(source, project / inside)
    for path in more_tests:
        shutil.copyfile(path, project / "tests" / path.name)


@contextlib.contextmanager
def _temporary_folder():
    with tempfile.TemporaryDirectory(prefix="workshop-check-", ignore_cleanup_errors=True) as name:
        yield os.path.realpath(name)


def _stop(process: subprocess.Popen) -> None:
    with undisturbed():
        stop(process)
