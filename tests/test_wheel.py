"""The wheel: one command starts the course on a fresh machine."""

import json
import os
import subprocess
import sys

import patience
import pytest

from workshop import launcher
from workshop.base.paths import ROOT, version

pytestmark = pytest.mark.slow
NOT_WANTED = {"tests", "site", "packed", ".git", ".venv", ".workshop", ".uv"}


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [path] = folder.iterdir()
    return path


@pytest.fixture(scope="session")
def call(built, uv, tmp_path_factory):
    """Call the wheel's program with an empty cache, in the folder of a user called Jürgen."""
    home = tmp_path_factory.mktemp("Jürgen")
    folder = home / "my class"
    folder.mkdir()
    dropped = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "CI", "REDIS_URL")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    environment |= {"UV_CACHE_DIR": str(home / "cache"), "UV_TOOL_DIR": str(home / "tools")}

    def run(*arguments, inside=""):
        program = [str(uv), "tool", "run", "--from", str(built), "channels-workshop"]
        return subprocess.run(
            [*program, *arguments],
            cwd=folder / inside,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=5 * patience.SECONDS,  # it installs packages
        )

    run.folder = folder
    return run


def test_one_command_starts_the_course_and_checks_a_project(call):
    started = call("start")
    assert started.returncode == 0, started.stdout + started.stderr
    assert "uvx channels-workshop check" in started.stdout
    assert {path.name for path in call.folder.iterdir()} == {"my-chat", launcher.STATE}
    checked = call("check", inside="my-chat")
    assert "Step 01 is done" in checked.stdout, checked.stdout + checked.stderr
    state = json.loads(call("status", "--json").stdout)
    assert state["done"]
    assert {path.name for path in call.folder.iterdir()} == {"my-chat", launcher.STATE}


def test_the_bundle_has_what_the_commands_need_and_nothing_machine_specific(built):
    names = subprocess.run(
        [sys.executable, "-m", "zipfile", "-l", str(built)], capture_output=True, text=True
    ).stdout
    assert f"channels_workshop-{version()}" in built.name
    for part in ("steps/course.toml", "final/manage.py", "requirements/learn.txt", "mkdocs.yml"):
        assert f"channels_workshop/bundle/{part}" in names
    first = {line.split("/")[2].split()[0] for line in names.splitlines() if "/bundle/" in line}
    assert not first & NOT_WANTED
    assert "db.sqlite3" not in names and "__pycache__" not in names
