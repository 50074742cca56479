"""A project that uses Redis gets one, even if it's checked against an earlier step."""

import os

import pytest

from workshop.course import catalog
from workshop.learner.check import check
from workshop.learner.running import trial
from workshop.services import redis_server

pytestmark = pytest.mark.slow


@pytest.fixture
def free_of_redis(monkeypatch):
    """Unset REDIS_URL, so the project looks for a Redis that may not exist."""
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.mark.parametrize("project", ["04", "05"])
def test_a_later_project_is_right_for_an_earlier_step(project, project_of, free_of_redis):
    folder = project_of(project)
    settings = folder / "chat_project" / "settings.py"
    text = settings.read_text("utf-8")
    assert "redis://127.0.0.1:6379/0" in text
    settings.write_text(text.replace(":6379/0", ":1/0"), "utf-8")  # nothing listens there
    verdict = check(folder, catalog.find("03"))
    assert verdict.is_done, verdict.finding


def test_without_redis_a_later_project_gets_an_error(project_of, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    step = catalog.find("03")
    verdict = check(project_of("04"), step, wanted=lambda one, promise: one == step)
    assert verdict.finding.pitfall == "P05"


def test_a_check_hears_nothing_of_the_server_that_the_learner_has_left_running():
    with redis_server.private() as redis:
        used = trial.with_own_redis({"REDIS_URL": redis.url}, 0)["REDIS_URL"]
        assert used == redis.url.removesuffix("0") + "1"


def test_a_project_without_redis_starts_none(project_of, monkeypatch, free_of_redis):
    monkeypatch.setattr(redis_server, "running", None)
    assert check(project_of("01"), catalog.find("01")).is_done
    assert "REDIS_URL" not in os.environ
