"""The doctor as a library: what it offers, and what it finds in the source alone."""

import ast
import sys

import pytest
from base_project import FILES, SOURCE, edited
from cases import BY_NAME, CONSUMERS, SETTINGS, SYNC_CONSUMER, broken, settings

import channels_doctor
from channels_doctor import Finding, check_source


def found_in(folder):
    return [(finding.id, str(finding.place), finding.about) for finding in check_source(folder)]


@pytest.mark.parametrize("name", channels_doctor.__all__)
def test_a_public_name_can_be_imported(name):
    assert getattr(channels_doctor, name).__module__.startswith("channels_doctor.")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'cure'"):
        channels_doctor.cure  # noqa: B018


def test_reading_a_healthy_project_finds_nothing(projects):
    assert check_source(projects()) == []


def test_reading_the_source_finds_what_is_not_awaited(projects):
    folder = projects(broken(BY_NAME["P20"]))
    assert found_in(folder) == [("P20", "chat_app/consumers.py:11", "group_add")]
    assert all(isinstance(finding, Finding) for finding in check_source(folder))


@pytest.mark.parametrize("name", ["P09", "P09 beside"])
def test_keys_beside_config_are_found_without_loading_the_settings(name, projects):
    files = broken(BY_NAME[name])
    files[SETTINGS] = f"raise RuntimeError('never run')\n{files[SETTINGS]}"
    (finding,) = check_source(projects(files))
    assert finding.id == "P09"
    assert finding.place.file == SETTINGS


def test_an_async_handler_in_a_synchronous_consumer_is_found(projects):
    text = SYNC_CONSUMER.replace("    def chat_message", "    async def chat_message")
    folder = projects({**FILES, CONSUMERS: text})
    ((name, place, about),) = found_in(folder)
    assert (name, about) == ("P20", "chat_message")
    assert place.startswith(CONSUMERS)


def test_the_most_urgent_finding_comes_first(projects):
    edits = [
        (CONSUMERS, "await self.channel_layer.group_add", "self.channel_layer.group_add"),
        (CONSUMERS, "await self.accept()", "self.accept()"),
        settings('"CONFIG"', '"OPTIONS"'),
    ]
    folder = projects(edited(FILES, edits))
    assert [name for name, _, _ in found_in(folder)] == ["P09", "P23", "P20"]


def test_a_file_that_is_no_python_is_left_out(projects):
    files = {**broken(BY_NAME["P20"]), "chat_app/broken.py": "def (:\n"}
    assert [name for name, _, _ in found_in(projects(files))] == ["P20"]


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_it_imports_nothing_but_its_dependencies():
    """What the examined project has is imported in `probe/` and `checks.py` alone."""
    allowed = {"channels_doctor", "click", "rich", *sys.stdlib_module_names}
    of_the_project = {"channels", "channels_redis", "django", "redis", "_doctor_probe_entry"}
    for path in sorted((SOURCE / "channels_doctor").rglob("*.py")):
        in_project = path.parent.name == "probe" or path.name in ("apps.py", "checks.py")
        tops = {name.partition(".")[0] for name in imported(ast.parse(path.read_text("utf-8")))}
        assert tops <= allowed | (of_the_project if in_project else set()), path


def test_a_project_whose_settings_are_not_known_is_read_even_so(projects):
    """The hosts that AllowedHostsOriginValidator lets in are in the settings."""
    asgi = FILES["chat_project/asgi.py"]
    assert "AllowedHostsOriginValidator" in asgi
    folder = projects({"routes.py": asgi, **FILES})
    assert check_source(folder) == []
