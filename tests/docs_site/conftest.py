"""One online and one offline build, shared by all of a run's tests and workers."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from copies import learner, own_copy, redis  # noqa: F401
from playwright.async_api import async_playwright

from workshop.base.environment import child_environment
from workshop.base.errors import WorkshopError
from workshop.base.lock import exclusive
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.services.chromium import launch

DOCS = ROOT / "docs"
BUILD = """
import sys
from pathlib import Path
from workshop.docs_site import serve
serve.build(offline=sys.argv[2] == "offline", folder=Path(sys.argv[1]))
"""


@dataclass(frozen=True)
class Built:
    """A built site: its folder and what the build printed."""

    folder: Path
    said: str

    def pages(self):
        """Return {path: file} of the HTML files, without JupyterLite's own."""
        found = {path.relative_to(self.folder).as_posix(): path for path in self._html()}
        return {name: path for name, path in found.items() if not name.startswith("lite/")}

    def _html(self):
        return sorted(self.folder.rglob("*.html"))


def build(folder, flavour):
    """Build one flavour of the site in a separate process and return it."""
    return subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", BUILD, str(folder), flavour],
        cwd=ROOT,
        env=child_environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder shared by all of this run's workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture
def requests():
    """Requests for anything outside the site. If there are any, the test fails."""
    asked = []
    yield asked
    assert asked == []


@pytest.fixture(scope="session")
def played_once(request, shared):
    """If this run plays the notebooks anyway, the site uses those outputs.

    Outputs that are kept from before will not do: they are replaced when a notebook is played.
    """
    if any(item.path.name == "test_playing.py" for item in request.session.items):
        import playing  # of tests/notebooks, which is collected

        for notebook in catalog.notebooks():  # the shortest first: a worker begins with the longest
            playing.play_once(notebook, shared)


def _built(shared, flavour):
    folder, note = shared / f"site-{flavour}", shared / f"site-{flavour}.json"
    with exclusive(shared / "site.lock", "Another worker makes the site; waiting for it"):
        if not note.exists():
            done = build(folder, flavour)
            assert done.returncode == 0, done.stdout + done.stderr
            note.write_text(json.dumps([done.stdout + done.stderr]))
    return Built(folder, *json.loads(note.read_text()))


@pytest.fixture(scope="session")
def online(shared, played_once):
    return _built(shared, "online")


@pytest.fixture(scope="session")
def offline(shared, played_once):
    return _built(shared, "offline")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium():
    """A real Chromium without a network. If it's missing, tests are skipped, or fail on CI."""
    async with async_playwright() as playwright:
        try:
            launched = await launch(playwright, "--host-resolver-rules=MAP * ~NOTFOUND")
        except WorkshopError as error:
            pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def browser(chromium):
    """All tests share this Chromium. Whatever a test opens is closed after the test."""
    yield chromium
    for context in chromium.contexts:
        await context.close()
