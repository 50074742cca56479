"""Give the next hint for the first promise that is not met."""

from pathlib import Path

from workshop import course
from workshop.course import Checkpoint, Promise
from workshop.errors import WorkshopError
from workshop.learner.check import check, note, so_far
from workshop.learner.findings import Finding
from workshop.learner.progress import Progress, digest


def needed(
    folder: Path, step: Checkpoint, root: Path = course.ROOT
) -> tuple[Checkpoint, Promise] | None:
    """Return the first promise up to `step` that the project in `folder` does not meet, if any.

    What the last check found counts as long as no file has changed; otherwise it checks anew.
    Raises WorkshopError where nothing can be checked yet.
    """
    progress = Progress.of(folder)
    if progress.seen != f"{step.slug} {digest(folder)}":
        verdict = check(folder, step, root)
        progress = note(folder, verdict, root)
        if verdict.finding and verdict.finding.before_all:
            raise WorkshopError(_mend_first(verdict.finding))
    for one in so_far(step, root):
        for promise in one.promises:
            if promise.tests[0] == progress.unmet:
                return one, promise
    return None


def _mend_first(finding: Finding) -> str:
    where = f" ({finding.place.path}, line {finding.place.line})" if finding.place else ""
    return f"{finding.happened.removesuffix('.')}{where}. Mend that first: then there are hints."


def give(folder: Path, step: Checkpoint, promise: Promise) -> tuple[list[course.Hint], bool]:
    """Return the hints for `promise` up to the next one, and whether that was the last.

    Each call gives one more; how many were given is kept in the learner's progress.
    """
    progress = Progress.of(folder)
    count = min(progress.hints_shown(step, promise) + 1, len(promise.hints))
    progress.show_hints(step, promise, count)
    progress.save()
    return list(promise.hints[:count]), count == len(promise.hints)
