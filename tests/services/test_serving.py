"""A served checkpoint's settings for this machine, and its database."""

import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.services.project_env import Project, project_environment
from workshop.services.serve_project import migrate

FINAL = Project(Path("final"), "final", "The app", is_production=True)
STEP = Project(Path("steps/03-consumer"), "03-consumer", "A step")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("ALLOWED_HOSTS", "DEBUG", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_a_step_served_only_locally_needs_no_settings(tmp_path):
    assert project_environment(STEP, "127.0.0.1", tmp_path) == {}


def test_a_step_served_to_others_also_accepts_its_own_names(tmp_path):
    hosts = project_environment(STEP, "192.0.2.7", tmp_path)["ALLOWED_HOSTS"]
    assert hosts == "localhost 127.0.0.1 [::1] 192.0.2.7"


def test_the_final_app_gets_debug_and_a_permanent_key(tmp_path):
    first = project_environment(FINAL, "127.0.0.1", tmp_path)
    assert first["DEBUG"] == "1"
    assert len(first["SECRET_KEY"]) >= 50
    assert project_environment(FINAL, "127.0.0.1", tmp_path) == first
    file = tmp_path / ".workshop" / "secret_key"
    assert os.name == "nt" or file.stat().st_mode & 0o077 == 0


def test_existing_settings_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "mine")
    monkeypatch.setenv("ALLOWED_HOSTS", "chat.example")
    monkeypatch.setenv("DEBUG", "0")
    assert project_environment(FINAL, "0.0.0.0", tmp_path) == {
        "ALLOWED_HOSTS": "chat.example",
        "DEBUG": "0",
        "SECRET_KEY": "mine",
    }
    assert not (tmp_path / ".workshop").exists()


@pytest.mark.slow
def test_two_commands_at_once_create_the_database_once(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__", "*.sqlite3")
    folder = shutil.copytree(ROOT / "steps" / "01-project", tmp_path / "project", ignore=ignored)
    with ThreadPoolExecutor(3) as commands:
        list(commands.map(migrate, [folder] * 3, [child_environment()] * 3))
    with closing(sqlite3.connect(folder / "db.sqlite3")) as database:
        assert database.execute("select count(*) from auth_user").fetchone() == (0,)
