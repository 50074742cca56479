"""A fork's workflows, as far as they can be checked without GitHub."""

import re
import shutil
import subprocess

import pytest
import yaml

from workshop.base.paths import ROOT
from workshop.cli import cli

FOLDER = ROOT / ".github"
WORKFLOWS = sorted((FOLDER / "workflows").glob("*.yml"))
YAML = [*WORKFLOWS, *FOLDER.glob("actions/*/action.yml"), FOLDER / "dependabot.yml"]
COMMAND = re.compile(r"-m workshop ([a-z-]+)")
PINNED = re.compile(r"^(\./|docker://\S+:\S+$|[\w.-]+/[\w./-]+@v\d+(\.\d+)*$)")


def read(path):
    return yaml.safe_load(path.read_text("utf-8"))


def jobs():
    return [
        (path.stem, name, job) for path in WORKFLOWS for name, job in read(path)["jobs"].items()
    ]


def steps(path):
    content = read(path)
    if "runs" in content:
        return content["runs"]["steps"]
    return [step for job in content.get("jobs", {}).values() for step in job["steps"]]


@pytest.mark.skipif(not shutil.which("actionlint"), reason="there is no actionlint here")
def test_actionlint_finds_nothing():
    done = subprocess.run(["actionlint"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.stem)
def test_a_workflow_runs_only_commands_of_the_tool(path):
    unknown = set(COMMAND.findall(path.read_text("utf-8"))) - set(cli.commands)
    assert unknown == set()


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.stem)
def test_a_workflow_uses_named_versions_of_actions(path):
    used = [step["uses"] for step in steps(path) if "uses" in step]
    assert [name for name in used if not PINNED.match(name)] == []
    local = [name for name in used if name.startswith("./")]
    assert all((ROOT / name / "action.yml").is_file() for name in local)


@pytest.mark.parametrize(("workflow", "name", "job"), jobs())
def test_every_job_has_a_time_limit(workflow, name, job):
    assert job["timeout-minutes"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_a_job_says_more(path):
    assert read(path)["permissions"] == {"contents": "read"}


def test_every_system_and_python_is_tested():
    matrix = read(FOLDER / "workflows" / "ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]


def test_a_failed_weekly_run_opens_an_issue():
    report = read(FOLDER / "workflows" / "weekly.yml")["jobs"]["report"]
    assert report["if"] == "failure()"
    assert report["permissions"]["issues"] == "write"
    assert "gh issue create" in report["steps"][0]["run"]
