"""Rules for all checkpoints: they match `steps/course.toml`."""

import json
import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import patience
import pytest

from workshop.base.paths import ROOT
from workshop.course import catalog

CHECKPOINTS = catalog.load()
STEPS = [checkpoint for checkpoint in CHECKPOINTS if not checkpoint.rewritten]
FINAL = CHECKPOINTS[-1]
NEIGHBOURS = list(pairwise(STEPS))
# A browser waits its whole patience for what the step before does not show, and so do two servers.
TRIED = [
    pytest.param(*pair, marks=[pytest.mark.slow] * bool({"browser", "redis"} & {*pair[1].needs}))
    for pair in NEIGHBOURS
]
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "db.sqlite3*", ".pytest_cache")

# A mistake in the test itself; a test that fails for want of the lesson never raises these.
TYPOS = ("NameError", "SyntaxError", "IndentationError", "fixture '")


def by_slug(argument):
    return argument.slug if isinstance(argument, catalog.Checkpoint) else None


def files_of(folder):
    """Return a checkpoint's files as {path: contents}."""
    ignored = {"__pycache__", ".pytest_cache"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not ignored.intersection(path.parts)
        and not path.name.startswith("db.sqlite3")
    }


def outcomes(folder, tests, log):
    """Run a checkpoint's test files. Returns (test, outcome, output) for each test."""
    environment = {**os.environ, "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--report-log={log}"]
    subprocess.run(
        [*command, *tests],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=5 * patience.SECONDS,  # for many tests, on a busy machine
    )
    reports = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    found = {}
    for report in reports:
        if report["$report_type"] == "TestReport" and report["outcome"] != "passed":
            found[report["nodeid"]] = (report["outcome"], json.dumps(report["longrepr"]))
        elif report["$report_type"] == "TestReport":
            found.setdefault(report["nodeid"], ("passed", ""))
        elif report["$report_type"] == "CollectReport" and report["outcome"] == "failed":
            found[report["nodeid"]] = ("failed", json.dumps(report["longrepr"]))
    return [(name, *outcome) for name, outcome in found.items()]


def shorten_waits(tests):
    """Give tests that can only fail the same short waits as in a learner's folder."""
    for name, seconds in catalog.quick().items():
        module, _, constant = name.partition(".")
        if constant != "PATIENCE":
            continue
        path = tests / f"{module}.py"
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            shorter = re.sub(rf"^{constant} = \S+", f"{constant} = {seconds}", text, flags=re.M)
            path.write_text(shorter, encoding="utf-8")


def test_every_folder_of_the_course_is_in_course_toml():
    folders = {path.name for path in (ROOT / "steps").iterdir() if path.is_dir()}
    assert folders == {checkpoint.slug for checkpoint in STEPS}


@pytest.mark.parametrize("before, after", NEIGHBOURS, ids=by_slug)
def test_neighbours_differ_only_in_declared_files(before, after):
    old, new = files_of(before.folder), files_of(after.folder)
    assert sorted(old.keys() - new.keys()) == []
    assert sorted(new.keys() - old.keys()) == sorted({*after.added, *after.tests})
    changed = {path for path in old.keys() & new.keys() if old[path] != new[path]}
    assert sorted(changed - {"README.md"}) == sorted(after.changed)


@pytest.mark.parametrize("after", STEPS[1:], ids=by_slug)
def test_a_test_is_carried_forward_unchanged(after):
    assert [path for path in after.changed if Path(path).name.startswith("test_")] == []


@pytest.mark.parametrize("before, after", TRIED, ids=by_slug)
def test_the_new_tests_of_a_step_fail_on_the_step_before(before, after, tmp_path):
    copy = tmp_path / "project"
    shutil.copytree(before.folder, copy, ignore=LEFT_BY_RUNNING)
    shutil.rmtree(copy / "tests")
    shutil.copytree(after.folder / "tests", copy / "tests", ignore=LEFT_BY_RUNNING)
    shorten_waits(copy / "tests")
    results = outcomes(copy, after.tests, tmp_path / "log.jsonl")
    assert {name.partition("::")[0] for name, *_ in results} == set(after.tests)
    assert [name for name, outcome, _ in results if outcome != "failed"] == []
    assert [name for name, _, words in results if any(typo in words for typo in TYPOS)] == []


@pytest.mark.parametrize("checkpoint", STEPS, ids=by_slug)
def test_a_taught_file_fits_on_a_screen_or_two(checkpoint):
    lengths = {
        path: len(content.splitlines())
        for path, content in files_of(checkpoint.folder).items()
        if path.endswith((".py", ".js", ".html"))
        and not path.startswith(("tests/", "chat_app/migrations/"))  # which Django writes
    }
    # What grows with every step, and the last step's hub: nobody reads it at one go.
    most = {"chat_app/protocol.py": 200, "chat_app/consumers.py": 230, "chat_app/hub.py": 210}
    most["chat_app/static/chat_app/chat.js"] = 130
    assert {path: length for path, length in lengths.items() if length > most.get(path, 120)} == {}


def test_each_file_that_the_finished_app_adds_or_changes_is_declared():
    """README.md always differs. Each declaration is one sentence about a file."""
    last, final = files_of(STEPS[-1].folder), files_of(FINAL.folder)
    different = {path for path in final if final[path] != last.get(path)} - {"README.md"}
    covering = {path: [one for one in FINAL.adds if one.covers(path)] for path in different}
    assert {path: found for path, found in covering.items() if len(found) != 1} == {}
    idle = [one.path for one in FINAL.adds if not any(map(one.covers, different))]
    assert idle == []
    assert [one.path for one in FINAL.adds if not re.fullmatch("[A-Z`].*[.]", one.says)] == []


def test_the_finished_app_keeps_the_names_of_the_steps():
    last, final = files_of(STEPS[-1].folder), files_of(FINAL.folder)
    app = {path for path in last if not path.startswith(("tests/", "chat_app/migrations/0"))}
    assert sorted(app - final.keys()) == []
    for path, names in {
        "chat_app/consumers.py": [b"class ChatConsumer"],
        "chat_app/routing.py": [b"websocket_urlpatterns", b'"ws/chat/<room_name:room_name>/"'],
        "chat_app/urls.py": [b'"chat/<room_name:room_name>/"', b'name="chat_room"'],
        "chat_app/views.py": [b"def chat_room"],
        "chat_app/converters.py": [b"[-a-zA-Z0-9_]{1,80}"],
    }.items():
        assert [name for name in names if name not in final[path]] == [], path


@pytest.mark.parametrize("checkpoint", STEPS, ids=by_slug)
def test_a_step_has_a_readme_of_a_screen(checkpoint):
    lines = (checkpoint.folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {checkpoint.title}"
    assert 10 < len(lines) < 50
