"""`channels-doctor` on the command line."""

import json
import re
import subprocess
import sys

import pytest
from base_project import FILES, SOURCE, edited
from cases import CASES, CORE, HOSTS, broken, settings
from rich.console import Console

from channels_doctor import pitfalls
from channels_doctor.__main__ import NEEDED
from channels_doctor.output import as_json
from channels_doctor.output.report import Report
from channels_doctor.probing import child_environment


def files_of(name):
    return broken(next(one for one in CASES if one.name == name))


def test_a_healthy_project_is_told_so_with_code_0(doctor, projects):
    done = doctor(projects(), code=0)
    assert done.stdout.endswith("The doctor didn't find anything wrong.\n")
    assert "channels_redis 4" in done.stdout


def test_a_report_says_what_where_why_how_and_what_next(doctor, projects):
    done = doctor(".", cwd=projects(files_of("P20")), code=1)
    said = done.stdout
    pitfall = pitfalls.find("P20")
    assert f"ERROR   P20  {pitfall.title}\n        chat_app/consumers.py:11\n" in said
    assert "RuntimeWarning: coroutine 'RedisChannelLayer.group_add' was never\n" in said
    assert "Why: The methods of a layer are coroutines" in said
    assert "+ await self.channel_layer.group_add(self.group_name" in said
    assert "More: python -m channels_doctor --explain P20" in said
    assert said.endswith(
        "1 error. Begin with P20 (chat_app/consumers.py:11), then run the doctor again.\n"
    )
    assert max(map(len, said.splitlines())) <= 80
    assert "\x1b" not in said
    assert not re.search(r" +$", said, re.M)


@pytest.mark.slow
def test_a_warning_fails_only_if_that_is_asked_for(doctor, projects):
    folder = projects(files_of("P30"))
    assert "1 note." in doctor(folder, code=0).stdout
    doctor(folder, "--fail-on", "warning", code=0)
    doctor(folder, "--fail-on", "note", code=1)


@pytest.mark.slow
def test_findings_are_selected_and_ignored_by_id(doctor, projects):
    both = edited(files_of("P30"), [settings("daphne", "django.contrib.messages")])
    folder = projects(both)
    assert ids(doctor(folder, "--json", code=1)) == ["P02", "P30"]
    assert ids(doctor(folder, "--json", "--ignore", "P02,p4", code=0)) == ["P30"]
    assert ids(doctor(folder, "--json", "--select", "2", code=1)) == ["P02"]


def ids(done):
    return [one["id"] for one in json.loads(done.stdout)["findings"]]


def test_the_json_has_its_documented_shape(doctor, projects):
    folder = projects(files_of("P01"))
    document = json.loads(doctor(folder, "--json", code=1).stdout)
    assert document["version"] == as_json.VERSION == 2
    assert document["project"]["folder"] == str(folder)
    assert document["project"]["settings"] == "chat_project.settings"
    assert {"django", "channels", "channels_redis", "redis", "python"} <= set(
        document["project"]["versions"]
    )
    assert document["troubles"] == []
    assert document["live"] is None
    assert document["summary"] == {"errors": 1, "warnings": 0, "notes": 0}
    (one,) = document["findings"]
    assert set(one) == {
        "id", "severity", "title", "what", "condition", "file", "line", "symptom", "why", "fix",
        "change", "found_by", "page", "certain",
    }  # fmt: skip
    assert (one["id"], one["file"], one["page"]) == (
        "P01",
        "chat_project/settings.py",
        "pitfalls/p01/",
    )
    assert set(one["symptom"]) == {"text", "where", "when"}
    for key in (*document, *document["project"], *one, *one["symptom"], *document["summary"]):
        assert re.search(rf"\b{key}\b", as_json.__doc__)


SECRETS = [
    '"hosts": ["redis://user:zebra-quagga@127.0.0.1:6379/0"]',
    '"hosts": [{"host": "127.0.0.1", "port": 6379, "password": "zebra-quagga"}]',
    '"hosts": "redis://:zebra-quagga@127.0.0.1:6379/0"',
    '"hosts": ["redis://:zebra-quagga#okapi@127.0.0.1:6379/0"]',
    '"hosts": ["redis://:a@zebra-quagga/okapi@127.0.0.1:6379/0"]',
    '"hosts": [("redis://:zebra-quagga@127.0.0.1", 6379)]',
    HOSTS + ',\n            "password": "zebra-quagga"',
    HOSTS + ',\n            "symmetric_encryption_keys": "zebra-quagga"',
]


@pytest.mark.parametrize("hosts", SECRETS)
@pytest.mark.parametrize("layer", [CORE, CORE.replace("core.Redis", "pubsub.RedisPubSub")])
def test_no_secret_gets_onto_the_screen(hosts, layer, examined):
    files = edited(FILES, [settings(HOSTS, hosts), settings(CORE, layer)])
    found = examined(files)
    console = Console(record=True, width=80, file=open("/dev/null", "w"))
    with console.file:
        Report(console).examination(found)
    screen = console.export_text()
    for text in (screen, as_json.dump(found)):
        assert not re.search("zebra|quagga|okapi", text)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere-at-all"], "There is no folder nowhere-at-all: name the one that contains"),
        (["--select", "P99", "."], "There is no pitfall called P99."),
        (["--explain", "P99"], "There is no pitfall called P99."),
        (["--python", "/nowhere/python", "PROJECT"], "There is no Python at /nowhere/python"),
        (["--fail-on", "never", "."], "'never' is not one of"),
    ],
)
def test_wrong_usage_is_explained(doctor, projects, words, sentence):
    words = [projects() if word == "PROJECT" else word for word in words]
    done = doctor(*words, code=2)
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_without_a_project_is_explained(doctor, tmp_path):
    done = doctor(tmp_path, code=1)
    assert "contains no manage.py" in done.stderr


def test_without_its_packages_the_command_line_names_them():
    script = "import sys; sys.modules['rich'] = None; import runpy; "
    script += "runpy.run_module('channels_doctor', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", script], env=child_environment(PYTHONPATH=str(SOURCE)),
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == f"{NEEDED}\n"
