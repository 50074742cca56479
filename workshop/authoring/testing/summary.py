"""The end of a run: failures, skipped tests, slow groups, totals, and what was left out."""

import os
from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from workshop.authoring.testing.outcome import NO_TESTS, PASSED, Outcome
from workshop.authoring.testing.plugin.sampling import OTHERS
from workshop.base.commands import PROGRAM

SLOWEST = 3
LEFT_OUT = (
    "bad input on both servers, pages in a browser, every right and wrong solution, commands of "
    "the docs, notebooks, the doctor's broken projects, set-up faults, carry, pack, load and chaos"
)


def show(console: Console, outcomes: Sequence[Outcome], seconds: float, is_quick: bool) -> None:
    """Print the summary of a run that took `seconds`."""
    for outcome in outcomes:
        if outcome.failed:
            _print(console, f"\n{f' {outcome.suite.name} ':=^80}\n{outcome.details()}")
    counts, skips, durations = Counter(), Counter(), Counter()
    for outcome in outcomes:
        counts += outcome.counts
        skips += outcome.skips
        durations += outcome.seconds
    failed = sum(outcome.failed for outcome in outcomes)
    _print(console, "")
    for reason, count in skips.most_common():
        _print(console, f"{count} skipped: {reason}")
    slowest = ", ".join(f"{name} {took:.0f} s" for name, took in durations.most_common(SLOWEST))
    _print(console, f"The run took {_minutes(seconds)}. Slowest groups of tests: {slowest}.")
    nth = os.environ.get("SAMPLE")
    if is_quick:
        _print(console, f"Left out: the slow tests ({LEFT_OUT}).")
    elif nth:
        _print(console, f"A sample: where a file or function has many slow tests, 1 in {nth} ran.")
        _print(console, f"Of all other slow tests, 1 in {OTHERS} ran.")
    if is_quick:
        _print(console, "Left out: each step's new browser tests, except the first one.")
    if is_quick or nth:
        carried = "tests with a browser, a server or a long wait" if is_quick else "browser tests"
        _print(console, f"Left out: {carried} that a step shares with the previous one.")
        _print(console, f"Run them too: {'SAMPLE= ' if nth else ''}{PROGRAM} test --all")
    _print(console, f"{counts['passed']} passed, {failed} failed, {counts['skipped']} skipped")


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 0 if every suite passed, pytest's code if all failed ones ended with it, else 1."""
    failed = {outcome.code for outcome in outcomes if outcome.failed}
    if not failed:
        chosen_none = all(outcome.code == NO_TESTS for outcome in outcomes)
        return NO_TESTS if chosen_none else PASSED
    return failed.pop() if len(failed) == 1 and PASSED not in failed else 1


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
