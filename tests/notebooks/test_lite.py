"""The notebooks in a browser that has nothing else: built as a person does, the network cut."""

import contextlib
import shutil
import subprocess
import sys
from itertools import pairwise

import pytest
from playwright.async_api import TimeoutError as BrowserTimeout
from promises import SOLUTION, is_kept, promised

from workshop import course
from workshop.environment import child_environment, is_ci
from workshop.notebooks import files
from workshop.notebooks.in_browser import LEFT_OUT, address, for_browser
from workshop.notebooks.site_server import serving

NOTEBOOK = files.find("01")
FOR_BROWSERS = [one for one in course.notebooks() if one.browser]
TRIES = 3
NO_NPM = "The notebooks for the browser are built with npm: install Node.js to test them."
DONE = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent)"


@pytest.fixture
def site():
    """The built site; it is kept in .workshop until something that it is made of changes."""
    if not shutil.which("npm"):
        pytest.skip(NO_NPM)
    tool = [getattr(sys, "_base_executable", sys.executable), str(course.ROOT / "workshop"), "lite"]
    done = subprocess.run(
        tool, cwd=course.ROOT, env=child_environment(), capture_output=True, text=True
    )
    if done.returncode and not is_ci():
        pytest.skip(f"The site could not be built: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    with serving(course.ROOT / ".workshop" / "lite" / "site") as address:
        yield address


@pytest.mark.once
@pytest.mark.asyncio(loop_scope="session")
async def test_the_first_notebook_runs_to_its_end_with_no_request_to_elsewhere(site, browser):
    elsewhere = []

    async def guard(route):
        if route.request.url.startswith((site, "data:", "blob:")):
            await route.continue_()
        else:
            elsewhere.append(route.request.url)
            await route.abort()

    # so high that JupyterLab draws every cell
    context = await browser.new_context(viewport={"width": 1280, "height": 18000})
    await context.route("**/*", guard)
    page = await context.new_page()
    said = []
    page.on("console", lambda line: said.append(line.text))
    for _ in range(TRIES):  # a browser that is slow to start Python wants the page once more
        with contextlib.suppress(BrowserTimeout):
            await run_all_cells(page, site + address(NOTEBOOK))
            break
    else:
        pytest.fail(f"cells {await page.evaluate(DONE)} after {TRIES} tries: {said}")
    shown = "\n".join(await page.locator(".jp-OutputArea-output").all_inner_texts())
    assert elsewhere == []
    assert [one for one in promises_in_the_browser() if not is_kept(one, shown)] == []


async def run_all_cells(page, url):
    await page.goto(url)
    await page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    await page.get_by_role("menuitem", name="Run", exact=True).click()
    await page.get_by_text("Run All Cells", exact=True).click()
    done = f"{DONE}.length > 5 && {DONE}.every(text => /\\[\\d+\\]/.test(text))"
    await page.wait_for_function(done, polling=500, timeout=75_000)


def promises_in_the_browser():
    cells = for_browser(files.read(NOTEBOOK.path)).cells
    text = [SOLUTION.sub("", cell.source) for cell in cells if cell.cell_type == "markdown"]
    found = [one for part in text for one in promised(part)]
    assert len(found) > 15
    return found


@pytest.mark.parametrize("notebook", FOR_BROWSERS, ids=lambda one: one.slug)
def test_what_a_browser_cannot_do_is_left_out_with_a_word(notebook):
    cells = for_browser(files.read(notebook.path)).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    for word in ("lab.serve(", "lab.on_redis(", "sync_to_async(", "start_server", "matplotlib"):
        assert word not in code
    words = [n for n, cell in enumerate(cells) if cell.source == LEFT_OUT]
    assert words
    assert all(later - earlier > 1 for earlier, later in pairwise(words))
