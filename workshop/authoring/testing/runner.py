"""Run suites in parallel, and report their progress."""

import re
import subprocess
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from workshop.authoring.testing.arguments import Request
from workshop.authoring.testing.outcome import Outcome, read
from workshop.authoring.testing.suites import Suite
from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.base.processes import stop
from workshop.services import redis_server

AT_ONCE = 3  # one more than a small machine's processors, because many tests just wait
DATABASES_EACH = 100  # Redis databases for each suite
COUNT = re.compile(r"\[\s*(\d+)/(\d+)\]")  # console_output_style=count
FOLLOWED = ["-v", "-o", "console_output_style=count"]


class Runner:
    """Runs suites, at most AT_ONCE of them at a time.

    `on_start(suite)`, `on_count(suite, done, total)` and `on_end(outcome)` are called from the
    suites' threads, one at a time.
    """

    def __init__(
        self,
        request: Request,
        environment: dict[str, str],
        on_start: Callable[[Suite], None],
        on_count: Callable[[Suite, int, int], None],
        on_end: Callable[[Outcome], None],
        root: Path = ROOT,
    ):
        self.request = request
        self.environment = child_environment(**environment)
        for name in ("PYTHONPATH", "PYTEST_ADDOPTS"):  # these are the user's, for other projects
            self.environment.pop(name, None)
        self.on_start = on_start
        self.on_count = on_count
        self.on_end = on_end
        self.root = root
        self.lock = threading.Lock()
        self.children: list[subprocess.Popen] = []
        self.is_stopped = False

    def run(self, suites: list[Suite]) -> list[Outcome]:
        """Run `suites` to their end and return their outcomes."""
        with tempfile.TemporaryDirectory(prefix="workshop-test-") as place:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                futures = [
                    pool.submit(self._run, suite, Path(place), self.environment_of(number))
                    for number, suite in enumerate(suites)
                ]
                try:
                    return [outcome for future in futures if (outcome := future.result())]
                except BaseException:
                    self._cancel(futures)
                    raise

    def environment_of(self, number: int) -> dict[str, str]:
        """Return a suite's environment, with its own Redis databases.

        Each suite has its own SQL database, so two suites that run at the same time use the same
        room numbers, and therefore the same group names.
        """
        url = self.environment.get("REDIS_URL")
        if not url:
            return self.environment
        own = redis_server.other_database(url, number * DATABASES_EACH)
        return self.environment | {"REDIS_URL": own}

    def _run(self, suite: Suite, place: Path, environment: dict[str, str]) -> Outcome | None:
        """Run one suite and return its outcome, or None if the run was stopped before it began."""
        if self.is_stopped:
            return None
        with self.lock:
            self.on_start(suite)
        output = place / f"{suite.name}.txt"
        log = place / f"{suite.name}.jsonl"
        folder = suite.prepare(place, self.root)
        rootdir = place if suite.is_copied else self.root
        options = [*FOLLOWED, *self.request.options]
        paths = self.request.paths.get(suite.name, [])
        child = subprocess.Popen(
            suite.command(log, rootdir, paths, options, self.request.is_quick),
            cwd=folder,
            env=environment | suite.environment(self.request.is_quick, self.root),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.children.append(child)
        self._follow(suite, child, output)
        outcome = read(suite, child.wait(), output, log)
        with self.lock:
            self.on_end(outcome)
        return outcome

    def _follow(self, suite: Suite, child: subprocess.Popen, output: Path) -> None:
        """Copy the child's output to `output`, and report each finished test."""
        reader = threading.Thread(target=self._read, args=(suite, child, output), daemon=True)
        reader.start()
        child.wait()
        reader.join(timeout=5)  # a process left behind by a test may keep the pipe open

    def _read(self, suite: Suite, child: subprocess.Popen, output: Path) -> None:
        with output.open("wb", buffering=0) as file:
            for line in child.stdout:
                file.write(line)
                if found := COUNT.search(line.decode(errors="replace")):
                    with self.lock:
                        self.on_count(suite, int(found[1]), int(found[2]))

    def _cancel(self, futures: list[Future]) -> None:
        """Start no more suites, and stop the running ones."""
        self.is_stopped = True
        for future in futures:
            future.cancel()
        for child in self.children:
            if child.poll() is None:
                stop(child)
