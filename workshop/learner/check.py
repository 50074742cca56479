"""Check a learner's folder against a step: which promises are met, what the first unmet needs."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workshop import course
from workshop.course import Checkpoint, Promise
from workshop.errors import UsageError
from workshop.learner import findings, source, trial
from workshop.learner.findings import Finding
from workshop.learner.progress import Progress, digest

MET, UNMET, UNKNOWN, SKIPPED = "met", "not yet", "not known", "not checked"
NEEDED = ("manage.py", "chat_project/asgi.py")


@dataclass(frozen=True)
class Judged:
    """A promise of a step and what became of it: one of the words above, and the reason if any."""

    step: Checkpoint
    promise: Promise
    status: str
    reason: str = ""


@dataclass(frozen=True)
class Verdict:
    """What a check found: `judged` holds the promises of `step` and of all steps before it.

    `unmet` is the first that is not met, `finding` says what it needs, `log` is what was printed.
    """

    step: Checkpoint
    judged: tuple[Judged, ...]
    finding: Finding | None = None
    seconds: float = 0
    log: str = ""

    @property
    def unmet(self) -> Judged | None:
        return next((one for one in self.judged if one.status in (UNMET, UNKNOWN)), None)

    @property
    def is_done(self) -> bool:
        return self.unmet is None


def choose(name: str | None, progress: Progress, root: Path = course.ROOT) -> Checkpoint:
    """Return the step called `name`, or the learner's current one, or the last where all are done.

    Raises UsageError for a checkpoint that makes no promises.
    """
    steps = course.steps(root)
    if not name:
        return progress.current(steps) or steps[-1]
    step = course.find(name, root)
    if not step.promises:
        raise UsageError(
            f"{step.slug} is there to be run and read, not to be built: the steps are "
            f"{steps[0].number} to {steps[-1].number}."
        )
    return step


def check(
    folder: Path,
    step: Checkpoint,
    root: Path = course.ROOT,
    wanted: Callable[[Checkpoint, Promise], bool] = lambda step, promise: True,
) -> Verdict:
    """Judge the project in `folder` by the promises of `step` and of all steps before it.

    `wanted` may choose among them. Raises WorkshopError where the step needs a Redis and there is
    none.
    """
    all_promises = [(one, promise) for one in so_far(step, root) for promise in one.promises]
    promises = [one for one in all_promises if wanted(*one)]
    if finding := _before_any_test(folder):
        judged = [Judged(one, promise, UNKNOWN) for one, promise in promises]
        return Verdict(step, tuple(judged), finding)
    ran = trial.run(folder, step, [promise for _, promise in promises], root)
    judged = tuple(_judged(one, promise, ran) for one, promise in promises)
    verdict = Verdict(step, judged, seconds=ran.seconds, log=ran.log)
    return Verdict(step, judged, _finding(folder, verdict.unmet, ran), ran.seconds, ran.log)


def note(folder: Path, verdict: Verdict, root: Path = course.ROOT) -> Progress:
    """Write into the learner's progress what `verdict` says; return the progress."""
    progress = Progress.of(folder)
    unmet = verdict.unmet
    progress.unmet = unmet.promise.tests[0] if unmet else ""
    nothing_known = verdict.finding and verdict.finding.before_all
    progress.seen = "" if nothing_known else f"{verdict.step.slug} {digest(folder)}"
    if verdict.is_done:
        progress.finish(so_far(verdict.step, root))
    progress.save()
    return progress


def so_far(step: Checkpoint, root: Path = course.ROOT) -> list[Checkpoint]:
    """Return the steps up to `step`, itself included."""
    steps = course.steps(root)
    return steps[: steps.index(step) + 1]


def _before_any_test(folder: Path) -> Finding | None:
    missing = [path for path in NEEDED if not (folder / path).is_file()]
    if missing:
        return findings.of_missing(folder, missing[0])
    found = source.syntax_error(folder)
    return findings.of_syntax(folder, *found) if found else None


def _judged(step: Checkpoint, promise: Promise, ran: trial.Trial) -> Judged:
    results = {ran.results.get(test) for test in promise.tests}
    if "failed" in results:
        return Judged(step, promise, UNMET)
    if None in results:
        return Judged(step, promise, UNKNOWN)
    if "skipped" in results:
        reason = next(ran.skipped[test] for test in promise.tests if test in ran.skipped)
        return Judged(step, promise, SKIPPED, reason)
    return Judged(step, promise, MET)


def _finding(folder: Path, unmet: Judged | None, ran: trial.Trial) -> Finding | None:
    if not unmet:
        return None
    failure = next((one for one in ran.failures if one.test in unmet.promise.tests), None)
    if ran.stuck and (not failure or ran.stuck.path):
        return findings.of_stuck(folder, ran)
    failure = failure or ran.crash
    if not failure:
        words = "The check ended before it came to this promise."
        return Finding(words, "What was printed until then is shown by --verbose.")
    return findings.of_failure(folder, failure, ran)
