"""Learners who meet the goals of a step pass, however they solve it."""

from pathlib import Path

import pytest

from workshop.course import catalog
from workshop.learner.check import SKIPPED, check

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]  # a busy machine takes minutes

RIGHT = sorted(path for path in (Path(__file__).parent / "right").iterdir() if path.is_dir())
STEPS = [step.number for step in catalog.steps()]


@pytest.mark.parametrize("number", STEPS)
def test_another_right_solution_passes(number, project_of):
    step = catalog.find(number)
    overlays = [path for path in RIGHT if path.name.startswith(number)]
    assert len(overlays) >= 3

    def judged(overlay):
        changes_the_page = any(path.suffix == ".html" for path in overlay.rglob("*"))
        left_out = None if changes_the_page else "the browser"

        def wanted(one, goal):
            return one == step and goal.beside != left_out

        return check(project_of(number, overlay), step, wanted=wanted)

    # One after the other: they share a Redis, and their rooms have the same numbers.
    verdicts = {overlay: judged(overlay) for overlay in overlays}
    wrong = {
        path.name: (verdict.unmet.goal.says, verdict.finding, verdict.log[-4000:])
        for path, verdict in verdicts.items()
        if not verdict.is_done
    }
    assert wrong == {}
    assert not [
        one for verdict in verdicts.values() for one in verdict.judged if one.status == SKIPPED
    ]


@pytest.mark.parametrize("overlay", RIGHT, ids=lambda path: path.name)
def test_an_alternative_really_differs_from_ours(overlay):
    ours = catalog.find(overlay.name[:2]).folder
    files = [path for path in overlay.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    same = [
        path
        for path in files
        if (ours / path.relative_to(overlay)).is_file()
        and (ours / path.relative_to(overlay)).read_bytes() == path.read_bytes()
    ]
    assert files and same == []
