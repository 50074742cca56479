"""Static files have a hash in their names after collectstatic, and plain names without it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

PROJECT = Path(__file__).parent.parent
HASHED = r"/static/\w+/[\w-]+\.[0-9a-f]{12}\.(?:js|css|svg|png|webmanifest)"


@pytest.fixture
def collected(tmp_path, settings):
    """A folder filled by `collectstatic`, just for this test."""
    settings.STATIC_ROOT = tmp_path / "staticfiles"
    call_command("collectstatic", "--noinput", "-v0")
    return settings.STATIC_ROOT


def test_pages_link_to_hashed_files_that_browsers_cache(collected, ann):
    client = Client()
    client.force_login(ann, "django.contrib.auth.backends.ModelBackend")
    page = client.get("/").text
    paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert paths and all(re.fullmatch(HASHED, path) for path in paths)
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200
        assert "immutable" in response.headers["Cache-Control"]
        response.close()


def test_modules_import_each_other_by_the_hashed_names(collected):
    modules = [
        path for path in collected.rglob("*.js") if re.search(r"\.[0-9a-f]{12}\.js", path.name)
    ]
    assert len(modules) == len(list(PROJECT.glob("*/static/*/*.js")))
    for module in modules:
        for path in re.findall(r'from "(\.[^"]+)"', module.read_text()):
            assert re.search(r"/\w+\.[0-9a-f]{12}\.js$", path)
            assert (module.parent / path).is_file()


def test_without_collectstatic_files_keep_their_names(client):
    page = client.get("/").text
    assert 'href="/static/chat_app/chat.css"' in page
    response = client.get("/static/chat_app/chat.js")
    assert response.status_code == 200 and "immutable" not in response.headers["Cache-Control"]
    response.close()


@pytest.mark.slow
def test_the_image_collects_its_files_without_a_key(tmp_path):
    """The Dockerfile's command needs no SECRET_KEY. It also collects the admin's files."""
    [line] = [
        text
        for text in (PROJECT / "Dockerfile").read_text().splitlines()
        if "collectstatic" in text
    ]
    variables = dict(word.split("=") for word in line.split() if "=" in word)
    code = (
        "import sys; from django.core.management import execute_from_command_line;"
        "from django.conf import settings;"
        f"settings.STATIC_ROOT = {str(tmp_path)!r};"
        "execute_from_command_line(['manage.py', 'collectstatic', '--noinput'])"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "chat_project.settings", "PATH": "", **variables}
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, env=environment, check=True)
    assert (tmp_path / "staticfiles.json").is_file() and (tmp_path / "admin").is_dir()
