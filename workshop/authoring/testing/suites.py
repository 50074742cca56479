"""The suites of tests. Each runs in a separate pytest process.

All steps contain modules of the same names, so one Python process can load only one step: with two,
the second would silently test the first one's code. A step runs in a copy of its folder outside the
repository, so a step that passes here is self-contained.
"""

import os
import shutil
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from workshop.base.paths import ROOT
from workshop.course import catalog

PLUGINS = Path(__file__).parent / "plugin"
TEST_SECONDS = 900  # a single test that takes longer is stuck
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "db.sqlite3*", "staticfiles")
MOSTLY_WAITING = (os.cpu_count() or 1) + 1  # workers for tests that wait for other processes

# What makes a step's test costly: see plugin/carried.py. A sample leaves out only the costliest.
COSTLIEST = ("browser",)
COSTLY = (*COSTLIEST, "serve", "IDLE_SECONDS")


@dataclass(frozen=True)
class Suite:
    """Tests that run together, from the path `tests` inside `folder`.

    If it `is_copied`, it is first copied outside the repository, as steps are. `workers` is for
    pytest-xdist; 0 means none. `previous` is the folder of the previous step: a quick run leaves
    out the expensive tests that both have, and so does a sample, unless the step `is_last`.
    """

    name: str
    folder: str
    tests: str = "tests"
    workers: int = 0
    config: str = "pytest.ini"
    is_copied: bool = False
    previous: str = ""
    is_last: bool = False

    def prepare(self, elsewhere: Path, root: Path = ROOT) -> Path:
        """Return the folder to run in: the suite's own, or its copy under `elsewhere`."""
        if not self.is_copied:
            return root / self.folder
        copy = elsewhere / self.folder
        shutil.copytree(root / self.folder, copy, ignore=LEFT_BY_RUNNING)
        return copy

    def command(
        self,
        log: Path,
        rootdir: Path,
        paths: list[str],
        options: list[str],
        is_quick: bool = False,
    ) -> list[str]:
        """Return the arguments that start pytest, which writes its report to `log`."""
        words = [sys.executable, "-m", "pytest", "-c", self.config, "-p", "no:cacheprovider"]
        words += [word for name in self.plugins(is_quick) for word in ("-p", name)]
        words += [f"--report-log={log}", f"--timeout={TEST_SECONDS}", f"--rootdir={rootdir}"]
        if self.workers and not paths:
            words += [f"--numprocesses={self.workers}", "--dist=worksteal"]
        return [*words, *(paths or [self.tests]), *options]

    def environment(self, is_quick: bool = False, root: Path = ROOT) -> dict[str, str]:
        """Return the variables that the plugins need."""
        if not self.plugins(is_quick):
            return {}
        previous = root / self.previous / self.tests
        return {
            "PYTHONPATH": str(PLUGINS),
            "PREVIOUS_TESTS": str(previous),
            "COSTLY": " ".join(COSTLY if is_quick else COSTLIEST),
            "ONE_OF": "browser" if is_quick else "",
        }

    def plugins(self, is_quick: bool) -> list[str]:
        """Return the names of the plugins that leave out tests."""
        is_sample = bool(os.environ.get("SAMPLE"))
        plugins = ["sampling"] if is_sample else []
        if self.previous and (is_quick or is_sample and not self.is_last):
            plugins.append("carried")
        return plugins


OTHERS = (
    Suite("workshop", ".", workers=MOSTLY_WAITING),
    Suite("doctor", "channels-doctor", workers=2, config="pyproject.toml"),
)


def of_steps(root: Path = ROOT) -> list[Suite]:
    """Return the suites of the steps and the finished app, in the course's order."""
    steps = [step for step in catalog.load(root) if step.folder.exists()]
    folders = {step.slug: step.folder.relative_to(root).as_posix() for step in steps}
    numbered = [step.slug for step in steps if not step.rewritten]
    previous = {slug: folders[before] for before, slug in pairwise(numbered)}
    return [
        Suite(
            name=step.slug,
            folder=folders[step.slug],
            workers=2 if step.rewritten else 0,
            is_copied=True,
            previous=previous.get(step.slug, ""),
            is_last=step.slug == numbered[-1],
        )
        for step in steps
    ]


def everything(root: Path = ROOT) -> list[Suite]:
    """Return all suites, longest first, so that two processors finish at the same time."""
    others = [suite for suite in OTHERS if (root / suite.folder / suite.tests).is_dir()]
    return [*others, *reversed(of_steps(root))]
