"""The doctor runs the project's own Python, and reports what that Python lacks."""

import os
import sys

import pytest
from base_project import FILES, edited
from cases import settings

from channels_doctor import project
from channels_doctor.errors import InvalidArgument
from channels_doctor.examination import examine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="Windows links no files."),
]


def told(found):
    return found.troubles, [(one.id, one.place.file) for one in found.findings]


def test_a_missing_channels_redis_is_found_in_the_projects_own_environment(
    projects, python_without
):
    folder = projects()
    python_without("channels_redis", folder=folder / ".venv")
    found = examine(project.find(str(folder)))
    assert found.project.python == str(folder / ".venv" / "bin" / "python")
    assert told(found) == ([], [("P04", "chat_project/settings.py")])
    (one,) = found.findings
    assert "pip install channels_redis" in one.fix
    assert one.symptom.text.startswith(
        "channels.exceptions.InvalidChannelLayerError: Cannot import BACKEND "
    )
    chosen = examine(project.find(str(folder), python=sys.executable))
    assert told(chosen) == ([], [])


def test_uvicorn_without_a_websocket_library_is_found_where_it_is_named(projects, python_without):
    python = str(python_without("websockets", "wsproto"))
    named = {**FILES, "requirements.txt": "django\nuvicorn>=0.30\n"}
    found = examine(project.find(str(projects(named)), python=python))
    assert told(found) == ([], [("P52", "requirements.txt")])
    assert found.findings[0].change.lines() == ["- uvicorn>=0.30", "+ uvicorn[standard]>=0.30"]
    assert told(examine(project.find(str(projects(named))))) == ([], [])
    unused = examine(project.find(str(projects(FILES)), python=python))
    assert told(unused) == ([], [])


def test_a_python_without_django_gets_a_sentence(projects, python_without):
    found = examine(project.find(str(projects()), python=str(python_without("django"))))
    assert found.troubles[0].startswith("Django is not installed for ")
    assert "--python" in found.troubles[0]


def test_a_python_that_is_not_there_gets_a_sentence(projects):
    with pytest.raises(InvalidArgument, match="There is no Python at /nowhere/python"):
        project.find(str(projects()), python="/nowhere/python")


def test_a_missing_package_of_the_settings_gets_a_sentence(projects):
    files = edited(FILES, [settings("SECRET_KEY =", "import not_there\n\nSECRET_KEY =")])
    (sentence,) = examine(project.find(str(projects(files)))).troubles
    assert sentence.startswith("The settings need the package not_there, which ")
