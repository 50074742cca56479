"""If something can't be examined, the doctor says why and examines the rest."""

import pytest
from base_project import FILES, edited
from cases import ASGI, CONSUMERS, SETTINGS, settings

from channels_doctor import probing, project
from channels_doctor.errors import DoctorError
from channels_doctor.examination import examine


def test_a_folder_without_a_project(tmp_path):
    with pytest.raises(DoctorError, match="contains no manage.py"):
        project.find(str(tmp_path))


def test_a_folder_of_several_projects(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manage.py").touch()
    with pytest.raises(DoctorError, match=r"several projects \(one, two\)"):
        project.find(str(tmp_path))


def test_the_one_project_below_the_folder_is_found(projects):
    folder = projects()
    assert project.find(str(folder.parent / folder.name)).folder == folder.resolve()


def test_a_project_that_names_no_settings(tmp_path):
    (tmp_path / "manage.py").write_text("print('hello')")
    with pytest.raises(DoctorError, match="--settings"):
        project.find(str(tmp_path))


def test_settings_that_do_not_exist(projects, warm):
    found = examine(project.find(str(projects()), "nowhere.settings"), ask=warm.ask)
    assert found.troubles == ["There are no settings nowhere.settings: name yours with --settings."]


def test_settings_that_raise_are_shown_with_their_line_and_no_secret(projects, warm):
    text = 'URL = "redis://:very-secret@host"\nraise ValueError("bad " + URL)\n'
    found = examine(project.find(str(projects({**FILES, SETTINGS: text}))), ask=warm.ask)
    assert found.troubles == [
        "The settings cannot be loaded: chat_project/settings.py:2: "
        "ValueError: bad redis://:***@host"
    ]


def test_settings_that_refuse_are_quoted(projects, warm):
    text = 'import sys\n\nsys.exit("Set SECRET_KEY first.")\n'
    found = examine(project.find(str(projects({**FILES, SETTINGS: text}))), ask=warm.ask)
    assert found.troubles == [
        "The settings cannot be loaded: chat_project/settings.py:3: Set SECRET_KEY first."
    ]


def test_the_source_is_examined_even_so(projects, warm):
    files = edited(FILES, [(CONSUMERS, "        await self.accept", "        self.accept")])
    files[SETTINGS] = "1 / 0\n"
    found = examine(project.find(str(projects(files))), ask=warm.ask)
    assert len(found.troubles) == 1
    assert [one.id for one in found.findings] == ["P23"]


def test_an_application_that_raises_is_shown_with_its_line(projects, warm):
    files = {**FILES, ASGI: FILES[ASGI] + "\nraise RuntimeError('no luck')\n"}
    found = examine(project.find(str(projects(files))), ask=warm.ask)
    assert found.findings == []
    assert found.troubles == [
        "The ASGI application cannot be imported: chat_project/asgi.py:23: RuntimeError: no luck"
    ]


@pytest.mark.parametrize("file", [SETTINGS, ASGI])
@pytest.mark.slow
def test_a_project_that_hangs_is_left_alone(file, projects, monkeypatch):
    monkeypatch.setattr(probing, "PATIENCE", 4)
    files = {**FILES, file: "import threading\n\nthreading.Event().wait()\n"}
    if file == ASGI:
        files[ASGI] += 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")\n'
    (sentence,) = examine(project.find(str(projects(files)))).troubles
    assert "within 4 s" in sentence


def test_a_project_without_channels_has_nothing_to_examine(projects, warm):
    plain = edited(FILES, [settings('    "daphne",\n    "channels",\n', "")])
    plain = {name: text for name, text in plain.items() if "channels" not in text.lower()}
    plain[SETTINGS] = (
        FILES[SETTINGS]
        .partition("CHANNEL_LAYERS")[0]
        .replace('    "daphne",\n    "channels",\n', "")
    )
    found = examine(project.find(str(projects(plain))), ask=warm.ask)
    assert (found.troubles, found.findings) == ([], [])
    assert not found.context.uses_channels
