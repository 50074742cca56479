"""The notebooks in a browser without a server or a network."""

import contextlib
import re
import shutil
import subprocess
import sys
from itertools import pairwise

import pytest
from playwright.async_api import TimeoutError as BrowserTimeout
from promises import SOLUTION, is_kept, promised

from workshop.base.environment import child_environment, is_ci
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.notebooks import files
from workshop.notebooks.in_browser import KERNEL, LEFT_OUT, address, for_browser
from workshop.notebooks.site_server import serving

pytestmark = pytest.mark.slow

NOTEBOOK = files.find("01")
FOR_BROWSERS = [one for one in catalog.notebooks() if one.browser]
PATIENCE = 500  # seconds: it computes for 20, and a busy machine may give it a tenth of a core
NO_NPM = "The notebooks for the browser are built with npm: install Node.js to test them."
NUMBERS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent)"
WRONG = "[data-mime-type$=error], .jp-Dialog"
ERRORS = f"[...document.querySelectorAll('{WRONG}')].map(e => e.innerText)"


@pytest.fixture
def site():
    """The built site. It's kept in .workshop until one of its sources changes."""
    if not shutil.which("npm"):
        pytest.skip(NO_NPM)
    tool = [getattr(sys, "_base_executable", sys.executable), str(ROOT / "workshop"), "lite"]
    done = subprocess.run(tool, cwd=ROOT, env=child_environment(), capture_output=True, text=True)
    if done.returncode and not is_ci():
        pytest.skip(f"The site could not be built: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    with serving(ROOT / ".workshop" / "lite" / "site") as address:
        yield address


@pytest.mark.slow
@pytest.mark.timeout(600)
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
    page.set_default_timeout(PATIENCE * 1000)
    said = []
    page.on("console", lambda line: said.append(line.text))
    await run_all_cells(page, site + address(NOTEBOOK))
    assert await page.evaluate(ERRORS) == []
    numbers = await page.evaluate(NUMBERS)
    assert len(numbers) > 5 and all(re.search(r"\[\d+\]", one) for one in numbers), (numbers, said)
    shown = "\n".join(await page.locator(".jp-OutputArea-output").all_inner_texts())
    assert elsewhere == []
    assert [one for one in promises_in_the_browser() if not is_kept(one, shown)] == []


async def run_all_cells(page, url):
    await page.goto(url)
    await page.wait_for_selector(".jp-Notebook .jp-Cell")
    # Cells that are run before there is a kernel wait for a dialog that asks for one.
    await page.get_by_role("button", name=KERNEL["display_name"], exact=True).wait_for()
    await page.get_by_role("menuitem", name="Run", exact=True).click()
    await page.get_by_text("Run All Cells", exact=True).click()
    done = f"{NUMBERS}.length > 5 && {NUMBERS}.every(text => /\\[\\d+\\]/.test(text))"
    over = f"({done}) || {ERRORS}.length > 0"
    with contextlib.suppress(BrowserTimeout):
        await page.wait_for_function(over, polling=500)


def promises_in_the_browser():
    cells = for_browser(files.read(NOTEBOOK.path)).cells
    text = [SOLUTION.sub("", cell.source) for cell in cells if cell.cell_type == "markdown"]
    found = [one for part in text for one in promised(part)]
    assert len(found) > 15
    return found


@pytest.mark.parametrize("notebook", FOR_BROWSERS, ids=lambda one: one.slug)
def test_cells_that_browsers_cannot_run_are_replaced_by_a_note(notebook):
    cells = for_browser(files.read(notebook.path)).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    for word in ("lab.serve(", "lab.on_redis(", "sync_to_async(", "start_server", "matplotlib"):
        assert word not in code
    words = [n for n, cell in enumerate(cells) if cell.source == LEFT_OUT]
    assert words
    assert all(later - earlier > 1 for earlier, later in pairwise(words))
