"""The outcome of a suite, read from pytest's report log and its output."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from workshop.authoring.testing.suites import Suite

DESELECTED = re.compile(r"\b(\d+) deselected\b")
FAILURES = re.compile(r"^=+ (?:FAILURES|ERRORS) =+$", re.MULTILINE)
TAIL = 60  # lines to show if a process died without a report
PASSED, NO_TESTS = 0, 5  # pytest's exit codes


@dataclass
class Outcome:
    """The counts of one suite. `seconds` has the duration of its tests by folder."""

    suite: Suite
    code: int
    output: str
    counts: Counter = field(default_factory=Counter)
    skips: Counter = field(default_factory=Counter)
    seconds: Counter = field(default_factory=Counter)
    is_complete: bool = False

    @property
    def failed(self) -> int:
        """The number of failures; a process that crashed or found no tests counts as one."""
        if self.counts["failed"]:
            return self.counts["failed"]
        has_none_chosen = self.code == NO_TESTS and self.deselected > 0
        is_good = self.is_complete and (self.code == PASSED or has_none_chosen)
        return 0 if is_good else 1

    @property
    def deselected(self) -> int:
        found = DESELECTED.findall(self.output)
        return int(found[-1]) if found else 0

    def details(self) -> str:
        """Return pytest's report of the failures, or the end of a crashed process's output."""
        found = FAILURES.search(self.output)
        if found:
            return self.output[found.start() :].rstrip()
        return "\n".join(self.output.rstrip().splitlines()[-TAIL:])


def read(suite: Suite, code: int, output: Path, log: Path) -> Outcome:
    """Return the outcome of `suite`, whose process ended with `code`."""
    text = output.read_text(encoding="utf-8", errors="replace")
    outcome = Outcome(suite, code, text)
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        _add(outcome, json.loads(line))
    return outcome


def _add(outcome: Outcome, report: dict) -> None:
    kind = report["$report_type"]
    if kind == "SessionFinish":
        outcome.is_complete = True
    if kind == "CollectReport" and report["outcome"] == "failed":
        outcome.counts["failed"] += 1
    if kind != "TestReport":
        return
    outcome.seconds[_folder(outcome.suite, report["nodeid"])] += report["duration"]
    if report["when"] == "call" or report["outcome"] != "passed":
        outcome.counts[report["outcome"]] += 1
    if report["outcome"] == "skipped":
        reason = report["longrepr"][-1] if isinstance(report["longrepr"], list) else "no reason"
        outcome.skips[_in_one_line(reason.removeprefix("Skipped: "))] += 1


def _in_one_line(reason: str) -> str:
    """Return `reason` without the log in parentheses that may follow its first sentence."""
    return reason.partition(" (")[0] if "\n" in reason else reason


def _folder(suite: Suite, nodeid: str) -> str:
    """Return the group that a test's duration counts towards: its folder, or a step's name."""
    if suite.is_copied:
        return suite.name
    return nodeid.partition("::")[0].rpartition("/")[0] or suite.name
