"""Every recipe has a page, a project that passes its tests, and a title the search finds."""

import hashlib
import re
import shutil
import subprocess
import sys

import patience
import pytest

from channels_doctor import check_source
from workshop.base.environment import child_environment, is_ci
from workshop.base.errors import WorkshopError
from workshop.base.paths import ROOT
from workshop.services import chromium, redis_server

RECIPES = ROOT / "docs" / "recipes"
PROJECTS = sorted(path.parent for path in RECIPES.glob("*/manage.py"))
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "db.sqlite3*")


def by_name(project):
    return project.name


@pytest.fixture(scope="module")
def redis_url():
    """The URL of a Redis. Without one, the test is skipped, or fails on CI."""
    try:
        with redis_server.running() as redis:
            yield redis.url
    except WorkshopError as error:
        pytest.fail(str(error)) if is_ci() else pytest.skip(str(error))


@pytest.mark.slow
@pytest.mark.timeout(600)  # a busy machine takes minutes
@pytest.mark.parametrize("project", PROJECTS, ids=by_name)
def test_the_recipe_works_with_real_servers(project, tmp_path, redis_url):
    copy = tmp_path / project.name
    shutil.copytree(project, copy, ignore=LEFT_BY_RUNNING)
    for shared in ("conftest.py", "pytest.ini"):
        shutil.copy(RECIPES / shared, copy)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--timeout={patience.SECONDS * 2}"],
        cwd=copy,
        env=child_environment(PYTEST_ADDOPTS="", REDIS_URL=redis_url, **chromium.environment()),
        capture_output=True,
        text=True,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    if "skipped" in said:  # nginx, systemd or a browser is missing
        pytest.fail(said) if is_ci() else pytest.skip(said)


@pytest.mark.parametrize("project", PROJECTS, ids=by_name)
def test_the_recipe_has_a_short_page_that_shows_its_code(project):
    page = (RECIPES / f"{project.name}.md").read_text("utf-8")
    assert f"{{{{ code docs/recipes/{project.name}/" in page
    words = re.sub(r"```.*?```", "", page, flags=re.DOTALL).split()
    assert 120 < len(words) < 320


@pytest.mark.parametrize("project", PROJECTS, ids=by_name)
def test_the_doctor_finds_nothing_wrong_in_the_source_of_a_recipe(project):
    found = check_source(project)
    assert [finding for finding in found if finding.severity != "note"] == []


def test_the_index_lists_every_recipe_and_every_page_has_a_project():
    index = (RECIPES / "index.md").read_text("utf-8")
    pages = {path.stem for path in RECIPES.glob("*.md")} - {"index"}
    assert pages == {project.name for project in PROJECTS}
    assert set(re.findall(r"\]\(([\w-]+)\.md\)", index)) == pages


VENDORED = sorted(RECIPES.rglob("vendor/*.js"))


@pytest.mark.parametrize("file", VENDORED, ids=lambda path: path.name)
def test_a_library_in_a_recipe_is_the_one_whose_origin_and_licence_stand_beside_it(file):
    notice = file.with_name("NOTICE.txt").read_text("utf-8")
    assert f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" in notice
    assert re.search(r"npm|esbuild", notice)
    assert "Permission" in notice
