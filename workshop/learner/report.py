"""The result of a check for programs: JSON, GitHub annotations and autograder points."""

import json
from collections.abc import Callable
from pathlib import Path

from workshop.learner.check import MET, SKIPPED, CheckResult, Judged
from workshop.learner.findings import Explanation
from workshop.learner.folder import shown

ESCAPED = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))


def as_json(verdict: CheckResult, folder: Path) -> str:
    """Return everything that the check found, as one line of JSON."""
    finding = verdict.finding
    data = {
        "step": verdict.step.slug,
        "done": verdict.is_done,
        "goals": [_goal(judged) for judged in verdict.judged],
        "finding": _finding(finding, folder) if finding else None,
        "unnoticed": [_finding(unnoticed, folder) for unnoticed in verdict.unnoticed],
    }
    return json.dumps(data)


def as_github(verdict: CheckResult, folder: Path) -> str:
    """Return workflow commands, which GitHub Actions shows next to the lines of code."""
    lines = []
    if verdict.finding:
        place = _finding(verdict.finding, folder)
        where = f"file={_property(place['file'])},line={place['line']}," if place["file"] else ""
        title = _property(verdict.unmet.goal.says)
        lines.append(f"::error {where}title={title}::{_escaped(place['message'])}")
    for unnoticed in verdict.unnoticed:
        place = _finding(unnoticed, folder)
        where = f"file={_property(place['file'])},line={place['line']},"
        lines.append(f"::warning {where}title=Not noticed by a test::{_escaped(place['message'])}")
    for judged in verdict.skipped:
        title = _property(judged.goal.says)
        lines.append(f"::warning title={title}::Not checked: {_escaped(judged.reason)}")
    if verdict.is_done:
        lines.append(f"::notice::Step {verdict.step.number} is done: all its goals are met.")
    return "\n".join(lines)


FORMATS: dict[str, Callable[[CheckResult, Path], str]] = {"json": as_json, "github": as_github}


def write_points(verdict: CheckResult, path: Path) -> None:
    """Write one point for each goal that is met, in the format of Gradescope's results.json."""
    tests = [
        {
            "name": f"{judged.step.number}: {judged.goal.says}",
            "status": "passed" if judged.status == MET else "failed",
            "score": int(judged.status == MET),
            "max_score": 1,
            "output": _output(judged, verdict),
        }
        for judged in verdict.judged
    ]
    data = {"score": sum(test["score"] for test in tests), "tests": tests}
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def _goal(judged: Judged) -> dict:
    return {
        "step": judged.step.slug,
        "goal": judged.goal.says,
        "status": judged.status,
        "reason": judged.reason,
    }


def _finding(finding: Explanation, folder: Path) -> dict:
    place = finding.place
    return {
        "message": f"{finding.happened} {finding.why}".strip(),
        "file": Path(shown(folder / place.path)).as_posix() if place else "",
        "line": place.line if place else 0,
        "code": finding.code,
        "pitfall": finding.pitfall,
    }


def _output(judged: Judged, verdict: CheckResult) -> str:
    if judged == verdict.unmet and verdict.finding:
        return f"{verdict.finding.happened} {verdict.finding.why}".strip()
    if judged.status == MET:
        return ""
    return judged.reason if judged.status == SKIPPED else judged.goal.expects


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    for character, code in ESCAPED:
        text = text.replace(character, code)
    return text
