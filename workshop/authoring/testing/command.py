"""Run the tests of everything, or of the named suites and steps."""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from workshop.authoring.testing import summary
from workshop.authoring.testing.arguments import Request, parse
from workshop.authoring.testing.progress import Display
from workshop.authoring.testing.runner import Runner
from workshop.authoring.testing.suites import everything
from workshop.base.environment import child_environment, is_ci
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.base.processes import ended_by_signals, stop, undisturbed
from workshop.services import chromium, redis_server
from workshop.services.redis_binary import find_server

QUICK = ["-m", "not slow"]


def run(
    words: Sequence[str],
    is_all: bool = False,
    console: Console | None = None,
    root: Path = ROOT,
) -> int:
    """Run the steps named in `words`, with pytest's options, and return the exit code.

    Without a name, run everything except slow tests, which `is_all` adds. Raises UsageError for an
    unknown name, and WorkshopError if CI has no Redis.
    """
    request = parse(words, root)
    request.is_quick = request.is_everything and not is_all
    if request.is_quick and "-m" not in request.options:
        request.options += QUICK
    with ended_by_signals(), contextlib.ExitStack() as stack:
        environment = _redis(stack) | chromium.environment()
        if len(request.suites) == 1:
            return _run_alone(request, environment, root)
        return _run_all(request, environment, console or Console(), root)


def _run_all(request: Request, environment: dict[str, str], console: Console, root: Path) -> int:
    """Run several suites side by side and print one summary."""
    suites = request.suites or everything(root)
    began = time.monotonic()
    with Display(console, suites) as display:
        runner = Runner(request, environment, display.start, display.count, display.end, root)
        outcomes = runner.run(suites)
    summary.show(console, outcomes, time.monotonic() - began, request.is_quick)
    return summary.exit_code(outcomes)


def _run_alone(request: Request, environment: dict[str, str], root: Path) -> int:
    """Run a single suite, and let pytest print its own output."""
    [suite] = request.suites
    with tempfile.TemporaryDirectory(prefix="workshop-test-") as place:
        folder = suite.prepare(Path(place), root)
        rootdir = Path(place) if suite.is_copied else root
        paths = request.paths.get(suite.name, [])
        tests = subprocess.Popen(
            suite.command(Path(place, "reports.jsonl"), rootdir, paths, request.options),
            cwd=folder,
            env=child_environment(**environment | suite.environment(root=root)),
        )
        try:
            return tests.wait()
        except KeyboardInterrupt:  # pytest got it too, and prints its progress
            with undisturbed(), contextlib.suppress(subprocess.TimeoutExpired):
                tests.wait(timeout=5)
            raise
        finally:
            with undisturbed():
                stop(tests)


def _redis(stack: contextlib.ExitStack) -> dict[str, str]:
    """Return the variables that give all suites one Redis for the whole run.

    It is private unless REDIS_URL names one, because tests delete the data that they find. Raises
    WorkshopError if CI has no real one, unless REDIS_SERVER asks for the stand-in.
    """
    program = find_server()
    url = os.environ.get("REDIS_URL")
    if is_ci() and not (program or url or os.environ.get("REDIS_SERVER")):
        raise WorkshopError(redis_server.NONE_FOUND)
    redis = stack.enter_context(redis_server.running() if url else redis_server.private())
    return {"REDIS_URL": redis.url} | ({"REDIS_SERVER": program} if program else {})
