"""The doctor as an app of the project: its findings appear in `manage.py check`."""

import json
import re
import subprocess
import sys

import pytest
from base_project import FILES, README, SOURCE, edited
from cases import CASES, SETTINGS, broken

from channels_doctor import probing

pytestmark = pytest.mark.slow

KEPT = {"kind": "Warning", "text": "from the file", "hint": None, "place": None, "number": 0}
ADDED = [(SETTINGS, '    "chat_app",\n', '    "chat_app",\n    "channels_doctor",\n')]


def check(folder, *arguments, python=sys.executable):
    done = subprocess.run(
        [python, "-B", "manage.py", "check", *arguments],
        cwd=folder,
        env=probing.environment(PYTHONPATH=str(SOURCE)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr


def files_of(name):
    return edited(broken(next(one for one in CASES if one.name == name)), ADDED)


def test_a_healthy_project_passes(projects):
    folder = projects(edited(FILES, ADDED))
    code, said = check(folder, "--fail-level", "WARNING")
    assert "no issues" in said
    assert code == 0
    assert not list(folder.rglob("__pycache__"))


def test_a_finding_has_its_number_its_place_and_its_fix(projects):
    folder = projects(files_of("P20"))
    code, said = check(folder)
    assert code == 0
    assert "chat_app/consumers.py:11: (channels_doctor.W020) self.channel_layer.group_add" in said
    assert "+         await self.channel_layer.group_add(" in said
    assert "More: python -m channels_doctor --explain P20" in said
    assert check(folder, "--tag", "channels", "--fail-level", "WARNING")[0] == 1
    assert "channels_doctor" not in check(folder, "chat_app")[1]


@pytest.mark.parametrize("name", ["P19"])
def test_even_what_runserver_hides_is_found(name, projects):
    assert "channels_doctor.W019" in check(projects(files_of(name)))[1]


def test_the_settings_in_the_readme_work(projects):
    (lines,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    files = broken(next(one for one in CASES if one.name == "P30"))
    folder = projects({**files, SETTINGS: files[SETTINGS] + lines})
    assert "channels_doctor.W030" in check(folder)[1]


def test_redis_is_not_asked(projects):
    assert "no issues" in check(projects(files_of("P05")))[1]


def test_what_was_found_is_kept_until_a_file_changes(projects, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder = projects(edited(FILES, ADDED))
    assert "no issues" in check(folder)[1]
    (kept,) = tmp_path.glob("channels-doctor-*/*.json")
    made = json.loads(kept.read_text())
    kept.write_text(json.dumps({**made, "found": [KEPT]}))
    assert "(channels_doctor.W000) from the file" in check(folder)[1]
    consumers = folder / "chat_app" / "consumers.py"
    consumers.write_text(consumers.read_text().replace("await self.accept", "self.accept"))
    said = check(folder)[1]
    assert "from the file" not in said
    assert "channels_doctor.W023" in said


def test_a_variable_that_changes_counts_too(projects, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder = projects(edited(FILES, ADDED))
    check(folder)
    (kept,) = tmp_path.glob("channels-doctor-*/*.json")
    before = json.loads(kept.read_text())["key"]
    monkeypatch.setenv("CHAT_COLOUR", "blue")
    check(folder)
    assert json.loads(kept.read_text())["key"] != before
