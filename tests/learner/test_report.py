"""A check's result for programs: JSON, GitHub annotations, points for an autograder."""

import json
import re
import subprocess
import sys

import patience
import pytest

from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.learner.own_files import PATTERN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def broken(project_of):
    """A step 02 project with a missing comma in its list of apps."""
    folder = project_of("02")
    path = folder / "chat_project" / "settings.py"
    path.write_text(path.read_text("utf-8").replace('"daphne",', '"daphne"'), "utf-8")
    return folder


def test_json_names_the_file_the_line_and_the_message(workshop, broken):
    said = workshop("check", broken, "--step", "02", "--format", "json", code=1).stdout
    result = json.loads(said)
    assert (result["step"], result["done"]) == ("02-asgi", False)
    assert len(result["goals"]) == sum(len(step.goals) for step in catalog.steps()[:2])
    assert result["finding"]["file"] == f"{broken}/chat_project/settings.py"
    assert result["finding"]["line"] == 11
    assert 'A comma is missing after "daphne"' in result["finding"]["message"]


def test_github_shows_the_message_beside_the_line_and_an_editor_reads_it(workshop, broken):
    said = workshop("check", "--step", "02", "--format", "github", cwd=broken, code=1).stdout
    found = re.search(PATTERN["pattern"]["regexp"], said, re.MULTILINE)
    assert found, said
    names = ("severity", "file", "line", "message")
    severity, file, line, message = (found[PATTERN["pattern"][name]] for name in names)
    assert (severity, file, line) == ("error", "chat_project/settings.py", "11")
    assert 'A comma is missing after "daphne"' in message


def test_the_report_holds_a_point_for_each_goal_that_is_met(workshop, project_of, tmp_path):
    folder, report = project_of("01"), tmp_path / "results.json"
    workshop("check", folder, "--step", "02", "--report", report, code=1)
    result = json.loads(report.read_text("utf-8"))
    first, second = catalog.steps()[:2]
    assert result["score"] == len(first.goals)
    assert [test["max_score"] for test in result["tests"]] == [1] * len(first.goals + second.goals)
    assert result["tests"][0]["name"] == f"01: {first.goals[0].says}"
    unmet = next(test for test in result["tests"] if test["status"] == "failed")
    assert '"daphne" is missing from INSTALLED_APPS' in unmet["output"]


def test_each_exercise_is_checked_by_its_own_tests(workshop, project_of):
    folder = project_of("01")
    said = workshop("check", folder, "--exercise", "--step", "01", code=1).stdout
    assert "Exercises of step 01" in said
    assert "The page says hello" in said and "The test got 404 and expected 200." in said
    for slug, code in {"hello": 1, "greet": 0}.items():
        patch = ROOT / "docs" / "exercises" / "01-project" / f"{slug}.diff"
        subprocess.run(["git", "apply", str(patch)], cwd=folder, check=True)
        said = workshop("check", folder, "--exercise", "--step", "01", code=code).stdout
    assert "The exercises of step 01 are solved." in said


def test_watching_and_a_format_for_programs_exclude_each_other(workshop, broken):
    said = workshop("check", broken, "--watch", "--format", "json", code=2).stderr
    assert said == "--watch only prints text: remove --format.\n"


def test_a_check_of_unchanged_files_asks_whether_they_were_saved(workshop, project_of):
    folder = project_of("01")
    words = "Nothing has changed since your last check. Did you save?"
    assert words not in workshop("check", folder, "--step", "02", code=1).stdout
    assert words in workshop("check", folder, "--step", "02", code=1).stdout
    (folder / "chat_app" / "notes.py").write_text("x = 1\n")
    assert words not in workshop("check", folder, "--step", "02", code=1).stdout


def test_the_tool_works_from_inside_the_folder(workshop, tmp_path, clean_environment):
    folder = tmp_path / "a folder" / "my-chat"
    workshop("start", folder, "--from", "02", code=0)
    done = subprocess.run(
        [sys.executable, "-m", "workshop", "status", "--json"],
        cwd=folder,
        env=clean_environment,
        capture_output=True,
        text=True,
        timeout=patience.SECONDS,
    )
    assert json.loads(done.stdout)["folder"] == str(folder), done.stderr
    tasks = json.loads((folder / ".vscode" / "tasks.json").read_text("utf-8"))["tasks"]
    assert tasks[0]["problemMatcher"] == [PATTERN]


def test_neither_of_the_workshops_own_files_is_overwritten(workshop, tmp_path):
    folder = tmp_path / "my-chat"
    workshop("start", folder, code=0)
    (folder / ".vscode" / "tasks.json").write_text("{}")
    workshop("catch-up", "02", folder, code=0)
    assert (folder / ".vscode" / "tasks.json").read_text() == "{}"
    assert (folder / "workshop.py").is_file()
