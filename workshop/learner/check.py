"""Checks a learner's folder against a step: which goals are met, and what to do next."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from workshop.base.errors import UsageError
from workshop.base.paths import ROOT
from workshop.course import catalog, teaching
from workshop.course.catalog import Checkpoint, Goal
from workshop.learner import findings, own_files, source
from workshop.learner.findings import Explanation
from workshop.learner.progress import Progress, looked_at
from workshop.learner.running import trial
from workshop.learner.versions import Versions

MET, UNMET, UNKNOWN, SKIPPED = "met", "not yet", "not known", "not checked"
BROWSER = "the browser"  # what goals with a browser have in `beside`
NEEDED = ("manage.py", "chat_project/asgi.py")


@dataclass(frozen=True)
class Judged:
    """A step's goal with its status (one of the words above) and a reason, if there is one."""

    step: Checkpoint
    goal: Goal
    status: str
    reason: str = ""


@dataclass(frozen=True)
class CheckResult:
    """The result of a check: `judged` has the goals of `step` and of all previous steps.

    `unmet` is the first goal that isn't met, `finding` says what it needs, and `log` is what was
    printed. If all goals are met, `unnoticed` has the mistakes that the tests let pass.
    """

    step: Checkpoint
    judged: tuple[Judged, ...]
    finding: Explanation | None = None
    seconds: float = 0
    log: str = ""
    unnoticed: tuple[Explanation, ...] = ()

    @property
    def unmet(self) -> Judged | None:
        return next((goal for goal in self.judged if goal.status in (UNMET, UNKNOWN)), None)

    @property
    def skipped(self) -> tuple[Judged, ...]:
        """The goals that this machine couldn't check."""
        return tuple(goal for goal in self.judged if goal.status == SKIPPED)

    @property
    def is_done(self) -> bool:
        return self.unmet is None and not self.skipped


def choose(name: str | None, progress: Progress, root: Path = ROOT) -> Checkpoint:
    """Return the step called `name`, or else the current one, or the last one if all are done.

    Raises UsageError if that checkpoint has no goals.
    """
    steps = catalog.steps(root)
    if not name:
        return progress.current(steps) or steps[-1]
    step = catalog.find(name, root)
    if not step.goals:
        raise UsageError(
            f"{step.slug} is for running and reading, not for building. The steps to build are "
            f"{steps[0].number} to {steps[-1].number}."
        )
    return step


def check(
    folder: Path,
    step: Checkpoint,
    root: Path = ROOT,
    wanted: Callable[[Checkpoint, Goal], bool] = lambda step, goal: True,
) -> CheckResult:
    """Check the project in `folder` against the goals of `step` and of all previous steps.

    `wanted` may select some of them. Raises WorkshopError if the step needs Redis and there is
    none.
    """
    all_goals = [(earlier, goal) for earlier in so_far(step, root) for goal in earlier.goals]
    goals = [pair for pair in all_goals if wanted(*pair)]
    if finding := _before_any_test(folder, step):
        judged = tuple(Judged(judged_goal, goal, UNKNOWN) for judged_goal, goal in goals)
        return _with_changes(folder, CheckResult(step, judged, finding), root)
    ran = trial.run(folder, step, [goal for _, goal in goals], root)
    judged = tuple(_judged(judged_goal, goal, ran) for judged_goal, goal in goals)
    verdict = CheckResult(step, judged, seconds=ran.seconds, log=ran.log)
    finding = _finding(folder, verdict, ran)
    unnoticed = () if finding else findings.of_unnoticed(folder, step.folder)
    verdict = CheckResult(step, judged, finding, ran.seconds, ran.log, unnoticed)
    return _with_changes(folder, verdict, root)


def check_exercise(folder: Path, step: Checkpoint, root: Path = ROOT) -> CheckResult:
    """Check the project in `folder` with the tests of the exercises of `step`.

    Raises UsageError if the step has none.
    """
    exercises = [
        exercise for exercise in teaching.load(root).exercises if exercise.checkpoint == step.slug
    ]
    paths = {exercise.test(root): exercise.title for exercise in exercises}
    goals = [goal for path, title in paths.items() for goal in _goals_of(path, title)]
    if not goals:
        raise UsageError(f"Step {step.number} has no exercise that can be checked.")
    if finding := _before_any_test(folder, step):
        judged = tuple(Judged(step, goal, UNKNOWN) for goal in goals)
        return CheckResult(step, judged, finding)
    ran = trial.run(folder, step, goals, root, list(paths))
    judged = tuple(_judged(step, goal, ran) for goal in goals)
    verdict = CheckResult(step, judged, seconds=ran.seconds, log=ran.log)
    finding = _finding(folder, verdict, ran, is_exercise=True)
    return CheckResult(step, judged, finding, ran.seconds, ran.log)


def _goals_of(path: Path, title: str) -> list[Goal]:
    """Return a goal for each test of the exercise `title`, with the test's name as its text."""
    names = re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    sentences = [name.removeprefix("test_").replace("_", " ") for name in names]
    return [
        Goal(says[:1].upper() + says[1:], f"{title}: {says}.", (name,), ())
        for name, says in zip(names, sentences, strict=True)
    ]


def note(folder: Path, verdict: CheckResult, root: Path = ROOT) -> Progress:
    """Store the result of `verdict` in the learner's progress, and return the progress.

    A folder that was started with an earlier version gets the workshop's own files, like a new one.
    """
    progress = Progress.of(folder)
    if progress.is_former:
        own_files.add(folder, root)
    unmet = verdict.unmet
    progress.unmet = unmet.goal.tests[0] if unmet else ""
    progress.found = verdict.finding.noted if verdict.finding else None
    progress.seen = looked_at(folder, verdict.step)
    if verdict.is_done:
        progress.finish(so_far(verdict.step, root))
    progress.save()
    met = [_key(goal) for goal in verdict.judged if goal.status == MET]
    if met:
        Versions.of(folder, root).note(met)
    return progress


def _with_changes(folder: Path, verdict: CheckResult, root: Path) -> CheckResult:
    """Return `verdict` with what has changed since its first unmet goal was last met."""
    if not verdict.finding:
        return verdict
    unmet = verdict.unmet
    changes = Versions.of(folder, root).changes(_key(unmet))
    in_browser = unmet.goal.beside == BROWSER
    finding = findings.with_changes(folder, verdict.finding, changes, in_browser)
    return replace(verdict, finding=finding)


def _key(judged: Judged) -> str:
    """Return the key for a goal in the learner's versions. Steps may have tests of equal names."""
    return f"{judged.step.slug}/{judged.goal.tests[0]}"


def so_far(step: Checkpoint, root: Path = ROOT) -> list[Checkpoint]:
    """Return the steps up to and including `step`."""
    steps = catalog.steps(root)
    return steps[: steps.index(step) + 1]


def _before_any_test(folder: Path, step: Checkpoint) -> Explanation | None:
    missing = [path for path in NEEDED if not (folder / path).is_file()]
    if missing:
        return findings.of_missing(folder, missing[0], step.folder)
    if path := source.saved_as_utf_16(folder):
        return findings.of_utf_16(path)
    found = source.syntax_error(folder)
    return findings.of_syntax(folder, *found) if found else None


def _judged(step: Checkpoint, goal: Goal, ran: trial.Trial) -> Judged:
    results = {ran.results.get(test) for test in goal.tests}
    if "failed" in results:
        return Judged(step, goal, UNMET)
    if None in results:
        return Judged(step, goal, UNKNOWN)
    if "skipped" in results:
        reason = next(ran.skipped[test] for test in goal.tests if test in ran.skipped)
        return Judged(step, goal, SKIPPED, reason.partition(" (")[0])  # not the browser's log
    return Judged(step, goal, MET)


def _finding(
    folder: Path, verdict: CheckResult, ran: trial.Trial, is_exercise: bool = False
) -> Explanation | None:
    unmet, solution = verdict.unmet, verdict.step.folder
    if not unmet:
        return None
    failure = next((failure for failure in ran.failures if failure.test in unmet.goal.tests), None)
    if ran.stuck and (not failure or ran.stuck.path):
        return findings.of_stuck(folder, ran, solution)
    failure = failure or ran.crash
    if not failure:
        words = "the check ended before it reached this goal"
        failure = trial.Failure("", "Failed", words, output=ran.log)
    return findings.of_failure(folder, failure, ran, solution, compare=not is_exercise)
