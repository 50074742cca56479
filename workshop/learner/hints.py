"""Give the next hint for the first unmet goal, beginning with what the check found."""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from channels_doctor import pitfalls
from workshop.base.commands import PROGRAM
from workshop.base.paths import ROOT
from workshop.course.catalog import Checkpoint, Goal, Hint
from workshop.learner.check import check, note, so_far
from workshop.learner.progress import Found, Progress, looked_at

IMPORTABLE = (
    Hint(
        "How do I see the whole error?",
        "Run Django's own check in your folder. The last line names the error, and the lines above "
        "it show which file imported which. Look at the last of your own files in that list.",
        "python manage.py check",
    ),
    Hint(
        "How do I get back to code that can be imported?",
        "Compare your folder with the step's code, and correct the file that the check named. "
        "Add that file's path to see only its differences.",
        f"{PROGRAM} diff {{folder}} {{step}}",
    ),
)


@dataclass(frozen=True)
class Needed:
    """The goal of `step` that a learner needs a hint for, and the check's finding about it."""

    step: Checkpoint
    goal: Goal
    found: Found | None = None

    def hints(self, folder: str = "my-chat") -> list[Hint]:
        """Return all hints, starting with those about the finding."""
        goal_hints = list(self.goal.hints)
        if self.found and self.found.before_all:
            goal_hints = [_filled_in(hint, folder, self.step) for hint in IMPORTABLE]
        return ([of_finding(self.found)] if self.found else []) + goal_hints


def needed(folder: Path, step: Checkpoint, root: Path = ROOT) -> Needed | None:
    """Return what the project in `folder` needs a hint for, up to `step`, or None.

    The last check's finding counts as long as neither the learner's files nor the step's have
    changed. Otherwise, this checks again.
    """
    progress = Progress.of(folder)
    if progress.seen != looked_at(folder, step):
        progress = note(folder, check(folder, step, root), root)
    for earlier in so_far(step, root):
        for goal in earlier.goals:
            if goal.tests[0] == progress.unmet:
                return Needed(earlier, goal, progress.found)
    return None


def give(folder: Path, need: Needed, shown: str = "my-chat") -> tuple[list[Hint], bool]:
    """Return the hints for `need` up to the next one, and whether that was the last one.

    Each call adds one more, and the learner's progress stores how many they have seen. A new
    finding comes first, even if hints for its goal were given before.
    """
    progress = Progress.of(folder)
    hints, step, goal = need.hints(shown), need.step, need.goal
    about_finding = len(hints) - len(goal.hints if not _is_import(need) else IMPORTABLE)
    signature = need.found.signature if need.found else ""
    count = progress.hints_shown(step, goal)
    if about_finding and progress.hinted != signature:
        progress.hinted = signature
        progress.save()
        return hints[:1], False
    count = min(count + 1, len(hints) - about_finding)
    progress.show_hints(step, goal, count)
    progress.save()
    return hints[: about_finding + count], about_finding + count == len(hints)


def _is_import(need: Needed) -> bool:
    return bool(need.found and need.found.before_all)


def of_finding(found: Found) -> Hint:
    """Return the hint about what a check found."""
    where = f" Look at {found.path}, line {found.line}." if found.path else ""
    rule = rules().get(found.rule)
    if rule:
        return Hint(rule["asks"], f"{rule['says']} {found.why}{where}", found.code)
    if found.pitfall:
        pitfall = pitfalls.find(found.pitfall)
        fix = " ".join(re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", pitfall.fix.text).split())
        return Hint(f"How do I fix this: {pitfall.title}?", f"{fix}{where}", found.code)
    why = found.why or found.happened
    return Hint("What does the check say about my code?", f"{why}{where}", found.code)


@functools.cache
def rules() -> dict[str, dict]:
    """Return a question and an answer for each rule that finds a mistake."""
    with Path(__file__).with_name("rule_hints.toml").open("rb") as file:
        return tomllib.load(file)


def _filled_in(hint: Hint, folder: str, step: Checkpoint) -> Hint:
    return Hint(hint.asks, hint.says, hint.code.format(folder=folder, step=step.number))
