"""Which project is examined, with which settings and Python, and in which format."""

import json
import os
import subprocess
import sys

import pytest
from base_project import FILES, edited
from cases import BY_NAME, CONSUMERS, SETTINGS, broken, settings

from channels_doctor import project
from channels_doctor.errors import DoctorError
from channels_doctor.examination import examine


def moved(files, folder):
    return {f"{folder}/{name}": text for name, text in files.items()}


def test_a_manage_py_two_levels_down_is_found(projects):
    folder = projects(moved(FILES, "services/backend"))
    assert project.find(str(folder)).folder == (folder / "services" / "backend").resolve()


def test_of_several_projects_the_only_one_with_channels_is_taken(projects):
    plain = {"manage.py": 'os.environ["DJANGO_SETTINGS_MODULE"] = "plain.settings"\n'}
    folder = projects({**moved(FILES, "chat"), **moved(plain, "plain")})
    found = project.find(str(folder))
    assert found.folder.name == "chat"
    assert found.among == ("plain",)


def test_one_of_several_projects_is_named_with_project(projects):
    folder = projects({**moved(FILES, "one"), **moved(FILES, "two")})
    with pytest.raises(DoctorError, match=r"\(one, two\): name one of them with --project"):
        project.find(str(folder))
    assert project.find(str(folder), project="two").folder.name == "two"


def test_a_project_without_manage_py_is_found_by_its_asgi_py(projects):
    files = {name: text for name, text in FILES.items() if name != "manage.py"}
    assert project.find(str(projects(files))).settings == "chat_project.settings"


def test_the_settings_of_tests_are_not_followed(projects):
    text = FILES["manage.py"].replace(
        "    os.environ.setdefault",
        '    if "test" in sys.argv:\n        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.testing")\n    os.environ.setdefault',  # noqa: E501
    )
    assert project.find(str(projects({**FILES, "manage.py": text}))).settings == (
        "chat_project.settings"
    )


def test_a_path_that_manage_py_extends_is_followed(projects, warm):
    inner = {name: text for name, text in FILES.items() if name != "manage.py"}
    manage = FILES["manage.py"].replace(
        "import sys\n",
        "import sys\nfrom pathlib import Path\n\nsys.path.insert(0, str(Path(__file__).parent / 'code' / 'main'))\n",  # noqa: E501
    )
    folder = projects({**moved(inner, "code/main"), "manage.py": manage})
    found = examine(project.find(str(folder)), ask=warm.ask)
    assert (found.troubles, found.findings) == ([], [])


def test_an_empty_settings_package_is_replaced_by_the_usual_settings_in_it(projects, warm):
    files = {name: text for name, text in FILES.items() if name != SETTINGS}
    files["chat_project/settings/__init__.py"] = ""
    files["chat_project/settings/base.py"] = FILES[SETTINGS]
    files["chat_project/settings/dev.py"] = "from .base import *\n"
    found = examine(project.find(str(projects(files))), ask=warm.ask)
    assert (found.findings, found.troubles) == ([], [])
    assert found.remarks == [
        "chat_project.settings is empty, so chat_project.settings.dev was examined instead. "
        "To choose other settings, name them with --settings."
    ]


def test_settings_that_a_container_names_come_before_the_usual_ones(projects):
    files = {name: text for name, text in FILES.items() if name != SETTINGS}
    files["chat_project/settings/__init__.py"] = ""
    files["chat_project/settings/base.py"] = FILES[SETTINGS]
    files["chat_project/settings/hosted.py"] = "from .base import *\n"
    files["Dockerfile"] = "ENV DJANGO_SETTINGS_MODULE=chat_project.settings.hosted\n"
    assert project.find(str(projects(files))).settings == "chat_project.settings.hosted"


def test_an_empty_settings_package_without_usual_settings_names_those_in_it(projects, warm):
    files = {name: text for name, text in FILES.items() if name != SETTINGS}
    files["chat_project/settings/__init__.py"] = ""
    files["chat_project/settings/one.py"] = FILES[SETTINGS]
    files["chat_project/settings/two.py"] = FILES[SETTINGS]
    found = examine(project.find(str(projects(files))), ask=warm.ask)
    assert found.findings == []
    assert found.troubles == [
        "chat_project.settings doesn't define INSTALLED_APPS; there are chat_project.settings.one "
        "and chat_project.settings.two: choose one with --settings."
    ]


def python_in(folder):
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python.parent.mkdir(parents=True)
    python.touch()
    return str(python)


@pytest.fixture
def monorepo(projects, monkeypatch):
    """A repository whose project is in backend/, with nothing of ours around it."""
    for name in ("VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    folder = projects(moved(FILES, "backend")).resolve()
    (folder / ".git").mkdir()
    return folder


def test_an_environment_at_the_top_of_the_repository_is_used(monorepo):
    python = python_in(monorepo / ".venv")
    for given in (monorepo, monorepo / "backend"):
        found = project.find(str(given))
        assert (found.python, found.borrowed) == (python, False)


def test_the_active_environment_is_used(monorepo, tmp_path, monkeypatch):
    python = python_in(tmp_path / "active")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert project.find(str(monorepo)).python == python


def test_poetrys_environment_is_used(monorepo, tmp_path, monkeypatch):
    import base64
    import hashlib

    backend = monorepo / "backend"
    (backend / "pyproject.toml").write_text('[tool.poetry]\nname = "My_Chat"\n')
    digest = hashlib.sha256(os.path.normcase(backend).encode()).digest()
    mark = base64.urlsafe_b64encode(digest).decode()[:8]
    monkeypatch.setenv("POETRY_CACHE_DIR", str(tmp_path))
    python = python_in(tmp_path / "virtualenvs" / f"my-chat-{mark}-py3.12")
    assert project.find(str(monorepo)).python == python


def test_without_an_environment_the_python_is_borrowed(monorepo):
    found = project.find(str(monorepo))
    assert (found.python, found.borrowed) == (sys.executable, True)


def test_a_borrowed_python_is_judged_by_the_pins(monorepo, warm):
    path = monorepo / "backend" / SETTINGS
    path.write_text(path.read_text().replace('    "daphne",\n', ""))
    (monorepo / "requirements.txt").write_text("channels==3.0.5\n")
    found = examine(project.find(str(monorepo)), ask=warm.ask)
    assert "P02" not in [finding.id for finding in found.findings]
    assert "The Python is borrowed" in found.remarks[0]
    assert "channels 3.0.5" in found.remarks[0]


def test_variables_come_from_a_file(doctor, projects):
    hosts = 'os.environ["CHAT_REDIS"]'
    files = edited(FILES, [settings('"redis://127.0.0.1:6379/0"', hosts)])
    files[SETTINGS] = f"import os\n\n{files[SETTINGS]}"
    folder = projects(files)
    (folder / "chat.env").write_text('export CHAT_REDIS="redis://example.com:6379/0"  # ours\n')
    assert "CHAT_REDIS" in doctor(folder, "--json", code=1).stdout
    document = json.loads(doctor(folder, "--json", "--env-file", folder / "chat.env").stdout)
    assert document["troubles"] == []
    assert "can't be read" in doctor(folder, "--env-file", "nowhere.env", code=2).stderr


@pytest.mark.parametrize("shape", ["json", "sarif", "github"])
def test_a_refusal_has_its_document_and_code_3(shape, doctor, tmp_path):
    said = doctor(tmp_path, "--format", shape, code=3).stdout
    assert "contains no manage.py" in said
    if shape != "github":
        assert json.loads(said)


def test_sarif_names_the_rule_the_file_and_the_line(doctor, projects):
    folder = projects(broken(BY_NAME["P20"]))
    (run,) = json.loads(doctor(folder, "--format", "sarif", code=1).stdout)["runs"]
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("P20", "error")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == CONSUMERS
    assert place["region"]["startLine"] == 11
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["P20"]


def test_github_gets_an_annotation(doctor, projects):
    folder = projects(broken(BY_NAME["P20"]))
    said = doctor(folder, "--format", "github", code=1).stdout
    assert said.startswith(f"::error file={CONSUMERS},line=11,title=P20 ")


def test_a_marker_on_the_line_accepts_a_finding(projects, warm):
    files = broken(BY_NAME["P20"])
    marked = files[CONSUMERS].replace(
        "self.channel_layer.group_add(self.group_name, self.channel_name)\n",
        "self.channel_layer.group_add(self.group_name, self.channel_name)  # channels-doctor: ignore[P20]\n",  # noqa: E501
    )
    found = examine(project.find(str(projects({**files, CONSUMERS: marked}))), ask=warm.ask)
    assert found.findings == []
    other = marked.replace("ignore[P20]", "ignore[P30]")
    found = examine(project.find(str(projects({**files, CONSUMERS: other}))), ask=warm.ask)
    assert [finding.id for finding in found.findings] == ["P20"]


def test_equal_findings_are_told_together(doctor, projects):
    text = FILES[CONSUMERS].replace("await self.send", "self.send")
    said = doctor(projects({**FILES, CONSUMERS: text}), code=1).stdout
    assert said.count("P20  A missing await: ") == 1
    assert "Also: chat_app/consumers.py:" in said


def test_live_and_no_import_exclude_each_other(doctor, projects):
    assert (
        "Choose --live or --no-import" in doctor(projects(), "--live", "--no-import", code=2).stderr
    )


def test_reading_60000_strings_takes_no_quadratic_time(projects):
    words = ",\n".join(f'    "{number}"' for number in range(60_000))
    folder = projects({**FILES, "chat_app/words.py": f"WORDS = [\n{words}\n]\n"})
    script = "import sys, time; from channels_doctor import check_source; from pathlib import Path;"
    script += "print(check_source(Path(sys.argv[1])))"
    environment = {
        **os.environ,
        "PYTHONPATH": str(project.__file__).rpartition("/channels_doctor")[0],
    }
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], env=environment, capture_output=True, text=True
    )
    assert done.stdout == "[]\n"
