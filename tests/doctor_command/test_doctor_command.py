"""`python3 -m workshop doctor`: the doctor's command line, which also takes a step's number."""

import json
import re
import shutil
import subprocess
import sys

import pytest
import redis

from channels_doctor.live.private_redis import running
from channels_doctor.probing import child_environment
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.services.redis_binary import find_server

PAGE = ROOT / "docs" / "doctor.md"


@pytest.fixture
def not_awaited(tmp_path):
    """A learner's folder with a forgotten `await`."""
    folder = tmp_path / "my-chat"
    ignored = shutil.ignore_patterns("__pycache__", "db.sqlite3*", "tests")
    shutil.copytree(catalog.find("03").folder, folder, ignore=ignored)
    path = folder / "chat_app" / "consumers.py"
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("await self.channel_layer.group_add", "self.channel_layer.group_add")
    )
    return folder


def test_a_report_points_to_the_workshops_commands(workshop, not_awaited):
    said = workshop("doctor", not_awaited, code=1).stdout
    assert "More: python3 -m workshop docs p20\n" in said
    assert said.endswith("All about P20, here: python3 -m workshop doctor --explain P20\n")
    assert "channels-doctor" not in said and "channels_doctor" not in said


def test_explain_points_to_the_page(workshop):
    said = workshop("doctor", "--explain", "P01", code=0).stdout
    assert "The page: python3 -m workshop docs p01\n" in said
    assert "`python3 -m workshop doctor` finds it" in " ".join(said.split())


def test_its_options_are_those_of_channels_doctor(workshop):
    ours = workshop("doctor", "--help", code=0).stdout
    done = subprocess.run(
        [sys.executable, "-m", "channels_doctor", "--help"],
        env=child_environment(PYTHONPATH=str(ROOT / "channels-doctor" / "src")),
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = re.findall(r"^  (--[\w-]+)", done.stdout, re.M)
    assert set(re.findall(r"^  (--[\w-]+)", ours, re.M)) == set(theirs) - {"--version"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere-at-all"], "There is no folder nowhere-at-all, and no checkpoint of that name"),
        (["--select", "P99", "."], "There is no pitfall called P99."),
        (["--explain", "P99"], "There is no pitfall called P99."),
        (["--python", "/nowhere/python", "01"], "There is no Python at /nowhere/python"),
        (["--fail-on", "never", "."], "'never' is not one of"),
    ],
)
def test_wrong_usage_is_explained(workshop, words, sentence):
    done = workshop("doctor", *words, code=2)
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_without_a_project_is_explained(workshop, tmp_path):
    assert "contains no manage.py" in workshop("doctor", tmp_path, code=1).stderr


@pytest.mark.slow
def test_the_finished_app_is_examined_as_run_serves_it(workshop):
    assert "The doctor didn't find anything wrong" in workshop("doctor", "final", code=0).stdout


def test_the_page_names_every_key_of_the_json(workshop, not_awaited):
    document = json.loads(workshop("doctor", not_awaited, "--json", code=1).stdout)
    (finding,) = document["findings"]
    page = PAGE.read_text("utf-8")
    parts = (document, document["project"], finding, finding["symptom"], document["summary"])
    for key in (key for part in parts for key in part):
        assert f"`{key}`" in page


@pytest.mark.slow
def test_the_settings_shown_on_the_page_work(not_awaited):
    (lines,) = re.findall(r"```python title=\"settings.py\"\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with (not_awaited / "chat_project" / "settings.py").open("a") as settings:
        settings.write(lines)
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--tag", "channels"],
        cwd=not_awaited,
        env=child_environment(PYTHONPATH=str(ROOT / "channels-doctor" / "src")),
        capture_output=True,
        text=True,
    )
    assert "channels_doctor.W020" in done.stdout + done.stderr


@pytest.mark.slow
def test_checkpoint_04_delivers_between_two_processes(workshop):
    with running(find_server()) as url, redis.Redis.from_url(url) as client:
        client.set("somebody's", "own key")
        done = workshop("doctor", "04", "--live", "--json", code=0, REDIS_URL=url)
        assert client.keys("channels-doctor*") == []
        assert client.get("somebody's") == b"own key"
    document = json.loads(done.stdout)
    assert (document["findings"], document["troubles"]) == ([], [])
    assert document["live"]["left_behind"] == 0
    layer = document["live"]["layers"]["default"]
    assert (layer["kind"], layer["delivered"]) == ("core", True)
    assert layer["idle_seconds"] >= 6.5
    assert layer["round_trip_ms"] > 0
    assert layer["after_idle_ms"] > 0


@pytest.mark.slow
def test_the_workshops_redis_serves_a_step_that_has_none(workshop, tmp_path):
    """If there's none on the PATH, the doctor gets the workshop's server."""
    server = find_server()
    step = catalog.find("04").folder
    done = workshop("doctor", step, "--live", code=0, REDIS_SERVER=server, PATH=str(tmp_path))
    assert "a second process reached the first" in " ".join(done.stdout.split())
