"""The doctor as an app of the project: its findings appear in `manage.py check`."""

import re
import subprocess
import sys

import pytest
from base_project import FILES, edited
from cases import CASES, SETTINGS, broken

from workshop import course
from workshop.doctor import probing

ADDED = [(SETTINGS, '    "chat_app",\n', '    "chat_app",\n    "workshop.doctor",\n')]


def check(folder, *arguments, python=sys.executable):
    done = subprocess.run(
        [python, "-B", "manage.py", "check", *arguments],
        cwd=folder,
        env=probing.environment(PYTHONPATH=str(course.ROOT)),
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


def test_a_finding_has_its_number_its_place_and_its_mend(projects):
    folder = projects(files_of("P20"))
    code, said = check(folder)
    assert code == 0
    assert "chat_app/consumers.py:11: (channels_doctor.W020) self.channel_layer.group_add" in said
    assert "+         await self.channel_layer.group_add(" in said
    assert "python3 -m workshop docs p20" in said
    assert check(folder, "--tag", "channels", "--fail-level", "WARNING")[0] == 1
    assert "channels_doctor" not in check(folder, "chat_app")[1]


@pytest.mark.parametrize("name", ["P19"])
def test_even_what_runserver_hides_is_found(name, projects):
    assert "channels_doctor.W019" in check(projects(files_of(name)))[1]


def test_what_the_page_tells_to_add_to_the_settings_works(projects):
    page = (course.ROOT / "docs" / "doctor.md").read_text("utf-8")
    (lines,) = re.findall(r"```python title=\"settings.py\"\n(.*?)```", page, re.DOTALL)
    files = broken(next(one for one in CASES if one.name == "P30"))
    folder = projects({**files, SETTINGS: files[SETTINGS] + lines})
    assert "channels_doctor.W030" in check(folder)[1]


def test_redis_is_not_asked(projects):
    assert "no issues" in check(projects(files_of("P05")))[1]
