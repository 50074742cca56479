"""The served site ticks chapters after `check` has found all their goals met."""

import json

import pytest
import pytest_asyncio
from copies import Serving, call
from opening import opened
from playwright.async_api import Error as BrowserError
from playwright.async_api import async_playwright, expect

from workshop.base.environment import is_ci
from workshop.course import catalog
from workshop.docs_site import ticks
from workshop.learner.folder import finished_steps
from workshop.services import chromium

HERE, ELSEWHERE = "127.0.0.1", "192.168.1.20"


def ask(application, path="/progress.json", address=HERE):
    """Return the status and body of a WSGI application's response."""
    answered = []
    environ = {"PATH_INFO": path, "REMOTE_ADDR": address}
    body = application(environ, lambda status, headers: answered.append(status))
    return answered[0], b"".join(body)


def beside(application, root, *mount):
    return ticks.beside(application, lambda: finished_steps(root), *mount)


def site(environ, start_response):
    start_response("404 Not Found", [])
    return [b"a page"]


@pytest.fixture
def root(copied, workshop):
    """A workshop with a learner's folder, whose first step is done."""
    root = copied("01-project", "02-asgi")
    workshop("start", root=root, cwd=root, code=0)
    progress = json.loads((root / "my-chat" / ".workshop.json").read_text())
    progress["done"] = {"01-project": "2026-01-01"}
    (root / "my-chat" / ".workshop.json").write_text(json.dumps(progress))
    return root


def test_the_site_is_told_which_steps_are_done(root):
    status, body = ask(beside(site, root))
    assert status == "200 OK"
    assert json.loads(body) == ["01-project"]


def test_a_browser_on_another_machine_is_told_nothing(root):
    assert json.loads(ask(beside(site, root), address=ELSEWHERE)[1]) == []


def test_without_a_readable_project_no_chapter_is_ticked(root, tmp_path):
    assert json.loads(ask(beside(site, tmp_path))[1]) == []
    (root / "my-chat" / ".workshop.json").write_text("{")
    assert json.loads(ask(beside(site, root))[1]) == []


def test_every_other_path_belongs_to_the_site(root):
    assert ask(beside(site, root), "/chapters/")[1] == b"a page"
    assert ask(beside(site, root, "/docs/"), "/progress.json")[1] == b"a page"
    assert ask(beside(site, root, "/docs/"), "/docs/progress.json")[0] == "200 OK"


@pytest_asyncio.fixture(loop_scope="session")
async def local_browser():
    """A browser that can reach this machine, unlike the one for pages opened as files."""
    async with async_playwright() as playwright:
        try:
            launched = await playwright.chromium.launch(
                executable_path=chromium.find(), args=chromium.OPTIONS
            )
        except BrowserError as error:
            pytest.fail(error.message) if is_ci() else pytest.skip(error.message)
        yield launched
        await launched.close()


@pytest.mark.slow
@pytest.mark.asyncio(loop_scope="session")
async def test_the_served_pages_tick_finished_chapters(local_browser, own_copy):
    call(own_copy, "start", code=0)
    call(own_copy, "check", code=0)
    first, second, *_ = catalog.steps()
    with Serving(own_copy, "docs") as server:
        url = server.says(r"docs are at (http://\S+)")
        page = await opened(local_browser, [])
        await page.goto(f"{url}chapters/")
        row = page.locator(".md-typeset tr")
        done, to_do = (row.filter(has_text=step.title) for step in (first, second))
        await expect(done.get_by_label("done")).to_be_visible()
        await expect(to_do.get_by_label("done")).to_have_count(0)
