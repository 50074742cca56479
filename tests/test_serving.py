"""What a served checkpoint is told about this machine."""

import os
from pathlib import Path

import pytest

from workshop.course import Checkpoint
from workshop.serving import project_environment

FINAL = Checkpoint(Path("final"), "final", "The app", 1)
STEP = Checkpoint(Path("steps/03-consumer"), "03-consumer", "A step", 1)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in ("ALLOWED_HOSTS", "DEBUG", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_a_step_on_this_machine_alone_needs_nothing(tmp_path):
    assert project_environment(STEP, "127.0.0.1", tmp_path) == {}


def test_a_step_for_others_is_called_by_its_own_names_too(tmp_path):
    hosts = project_environment(STEP, "192.0.2.7", tmp_path)["ALLOWED_HOSTS"]
    assert hosts == "localhost 127.0.0.1 [::1] 192.0.2.7"


def test_the_final_app_gets_debug_and_a_key_of_its_own_that_stays(tmp_path):
    first = project_environment(FINAL, "127.0.0.1", tmp_path)
    assert first["DEBUG"] == "1"
    assert len(first["SECRET_KEY"]) >= 50
    assert project_environment(FINAL, "127.0.0.1", tmp_path) == first
    file = tmp_path / ".workshop" / "secret_key"
    assert os.name == "nt" or file.stat().st_mode & 0o077 == 0


def test_what_a_person_has_set_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "mine")
    monkeypatch.setenv("ALLOWED_HOSTS", "chat.example")
    monkeypatch.setenv("DEBUG", "0")
    assert project_environment(FINAL, "0.0.0.0", tmp_path) == {
        "ALLOWED_HOSTS": "chat.example",
        "DEBUG": "0",
        "SECRET_KEY": "mine",
    }
    assert not (tmp_path / ".workshop").exists()
