"""Without importing, the doctor finds the same in the source and executes nothing."""

import json

import pytest
from base_project import FILES, edited
from cases import ASGI, CASES, SETTINGS, broken, fixed, settings
from test_healthy_projects import VARIATIONS

from channels_doctor import project
from channels_doctor.examination import examine
from channels_doctor.source.tree import Tree
from channels_doctor.static.modules import Modules
from channels_doctor.static.requirements import pins
from channels_doctor.static.values import is_known, variables_of

NEEDS_MORE = {
    "P01", "P01 url", "P05", "P06",  # versions, a network
    "P10 host", "P15 hyphen",  # redis-py itself, the project's pages
}  # fmt: skip
OF_A_VERSION = {"P01 short", "P02"}  # nothing pins the version that it depends on
READABLE = [case for case in CASES if case.name not in NEEDS_MORE]


@pytest.fixture
def read(projects):
    """Examine the project that is made of `files` without importing it."""

    def examine_source(files, **options):
        found = project.find(str(projects(files)), **options)
        return examine(found, importing=False)

    return examine_source


def ids(found):
    return found.troubles, [(one.id, one.severity) for one in found.findings]


@pytest.mark.slow
@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name.replace(" ", "-"))
def test_a_fault_is_found_in_the_source_and_its_fix_leaves_nothing(case, read):
    severity = "warning" if case.name in OF_A_VERSION else case.severity
    assert ids(read(broken(case))) == ([], [(case.id, severity)])
    assert ids(read(fixed(case))) == ([], [])


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIATIONS)
def test_nothing_is_found_in_a_healthy_project_with(name, read):
    assert ids(read(VARIATIONS[name])) == ([], [])


@pytest.mark.parametrize("file", [SETTINGS, ASGI, "manage.py", "chat_app/consumers.py"])
def test_nothing_of_the_project_is_executed(file, read, tmp_path):
    mark = tmp_path / "executed"
    text = f"{FILES[file]}\nopen({str(mark)!r}, 'w').close()\n"
    assert ids(read({**FILES, file: text})) == ([], [])
    assert not mark.exists()


def test_importing_falls_back_to_the_source_and_says_what_is_missing(doctor, projects):
    files = edited(FILES, [settings("SECRET_KEY =", "import not_there\n\nSECRET_KEY =")])
    files = edited(files, [settings('    "daphne",\n', "")])
    files["requirements.txt"] = "django\nchannels\nchannels_redis\nnot-there\n"
    document = json.loads(doctor(projects(files), "--json", code=1).stdout)
    assert document["project"]["imported"] is False
    assert "need the package not_there" in document["troubles"][0]
    assert [finding["id"] for finding in document["findings"]] == ["P02"]
    remarks = " ".join(document["remarks"])
    assert "not_there" in remarks
    assert "pip install -r requirements.txt" in remarks


def test_a_finding_that_rests_on_an_unknown_setting_is_a_warning(read):
    late = settings('    "chat_app",\n]', '    "chat_app",\n] + other_apps()')
    files = edited(FILES, [settings('    "daphne",\n', ""), late])
    files[SETTINGS] = f"from elsewhere import other_apps\n{files[SETTINGS]}"
    (finding,) = read(files).findings
    assert (finding.id, finding.severity, finding.certain) == ("P02", "warning", False)
    assert "unless the loaded settings are different" in finding.condition


SPLIT = {
    "base.py": """\
import os
from pathlib import Path

import environ

env = environ.Env(DEBUG=(bool, False))
APPS = ["channels"]
INSTALLED_APPS = ["daphne", *APPS]
INSTALLED_APPS += ["chat"]
HOST = os.environ.get("CACHE_HOST", "cache")
LAYER = dict(BACKEND="channels_redis.core.RedisChannelLayer")
CHANNEL_LAYERS = {"default": {**LAYER, "CONFIG": {"hosts": [f"redis://{HOST}:6379/{1 + 1}"]}}}
TOKEN = os.environ["API_TOKEN"]
PORT = env.int("PORT", default=8000)
NAMES = env.list("NAMES", default=["a"])
BASE = Path(__file__).parent
if os.getenv("STAGE", "dev") == "dev":
    DEBUG = True
else:
    DEBUG = False
""",
    "local.py": """\
from .base import *

INSTALLED_APPS.append("debug_toolbar")
CHANNEL_LAYERS["default"]["CONFIG"]["capacity"] = 300
""",
}


@pytest.fixture
def local(tmp_path):
    """The names of a split settings package, with some `variables` set."""

    def read_local(**variables):
        for name, text in {**SPLIT, "__init__.py": ""}.items():
            path = tmp_path / "site_settings" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        modules = Modules(Tree(tmp_path), variables)
        names = modules.names(modules.tree.named("site_settings.local"))
        return {name: bound.value for name, bound in names.items()}

    return read_local


def test_split_settings_are_computed(local):
    values = local()
    assert values["INSTALLED_APPS"] == ["daphne", "channels", "chat", "debug_toolbar"]
    assert values["CHANNEL_LAYERS"]["default"]["CONFIG"] == {
        "hosts": ["redis://cache:6379/2"],
        "capacity": 300,
    }
    assert (values["DEBUG"], values["PORT"], values["NAMES"]) == (True, 8000, ["a"])


def test_a_variable_without_a_default_is_named(local):
    assert variables_of(local()["TOKEN"]) == ["API_TOKEN"]
    assert not is_known(local()["TOKEN"])


def test_variables_that_are_set_are_used(local):
    values = local(API_TOKEN="x", STAGE="live", PORT="9000", NAMES="a,b", CACHE_HOST="h")
    assert (values["TOKEN"], values["DEBUG"], values["PORT"]) == ("x", False, 9000)
    assert values["NAMES"] == ["a", "b"]
    assert values["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"] == ["redis://h:6379/2"]


REQUIREMENTS = {
    "requirements.txt": "Django==5.2.1\nchannels[daphne] >= 4.1 , < 5  # async\nchannels-redis~=4.2\n",  # noqa: E501
    "pyproject.toml": '[project]\ndependencies = ["django==5.2.1", "channels[daphne]>=4.1,<5", "channels_redis~=4.2"]\n',  # noqa: E501
    "Pipfile": '[packages]\ndjango = "==5.2.1"\nchannels = {version = ">=4.1,<5", extras = ["daphne"]}\nchannels-redis = "~=4.2"\n',  # noqa: E501
}


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_pins_are_read_wherever_they_are_written(file, tmp_path):
    (tmp_path / file).write_text(REQUIREMENTS[file])
    found = pins([tmp_path])
    assert found["django"].exact == "5.2.1"
    assert found["channels"].is_at_least(4) and not found["channels"].is_below(4)
    assert found["channels"].allows("4.3.2") and not found["channels"].allows("5.0")
    assert "daphne" in found["channels"].extras
    assert found["channels_redis"].is_below(5)


def test_poetrys_lock_is_read(tmp_path):
    lock = '[[package]]\nname = "channels"\nversion = "3.0.5"\n'
    (tmp_path / "poetry.lock").write_text(lock)
    assert pins([tmp_path])["channels"].is_below(4)


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [
        ("channels==3.0.5\n", []),
        ("channels==4.3.2\n", [("P02", "error")]),
        ("", [("P02", "warning")]),
    ],
)
def test_pins_decide_about_runserver(pinned, expected, read):
    files = edited(FILES, [settings('    "daphne",\n', "")])
    files["requirements.txt"] = f"django\nchannels_redis\n{pinned}"
    assert ids(read(files)) == ([], expected)


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [
        ("channels_redis==4.3.0\nredis==7.4.0\n", []),
        ("channels_redis==3.4.1\n", []),
        ("channels_redis==4.3.0\nredis==8.1.0\n", [("P01", "error")]),
        ("channels_redis==4.3.0\n", [("P01", "warning")]),
    ],
)
def test_pins_decide_about_idle_sockets(pinned, expected, read):
    files = edited(FILES, [settings(', "socket_timeout": None', "")])
    files["requirements.txt"] = f"channels==4.3.2\n{pinned}"
    assert ids(read(files)) == ([], expected)
