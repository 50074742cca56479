"""A real browser for the tests: each person has their own window."""

import os
import re
import shutil
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import pytest_asyncio
from playwright.async_api import Error as BrowserError
from playwright.async_api import async_playwright, expect

__all__ = ["browser", "open_page", "open_room", "site"]  # the fixtures

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "chrome", "msedge"]
# What no test looks at: in each window, the suggestions of the address bar would be loaded twice.
# This list takes the place of Playwright's own.
UNUSED = (
    "AvoidUnnecessaryBeforeUnloadCheckSync,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,"
    "MediaRouter,OptimizationHints,PaintHolding,PreconnectToSearch,SpareRendererForSitePerProcess,"
    "WebUIOmniboxAimPopup,WebUIOmniboxPopup"
)
FLAGS = ["--no-sandbox", "--disable-background-networking", f"--disable-features={UNUSED}"]
PATIENCE = 15  # seconds until what a page should show counts as missing
HOSTS = ["127.0.0.1", "chat.example"]  # under which the tests open a page
CONNECTED = re.compile(r"\bconnected\b", re.IGNORECASE)


@pytest.fixture(scope="session")
def site(redis, serve):
    [server] = serve(1)
    url = f"http://{server}"
    with urlopen(f"{url}/chat/lobby/"):
        return url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser():
    """A real Chromium. Without it, the test is skipped, or fails if CI is set."""
    path = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    async with async_playwright() as playwright:
        try:
            chromium = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        except BrowserError as error:
            reason = f"No browser starts: install Chromium, or set BROWSER_PATH. ({error.message})"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser, cookies):
    """Open a browser window for another person, and print any errors that occur in it."""
    expect.set_options(timeout=PATIENCE * 1000)
    contexts = []

    async def open_window(name=None):
        contexts.append(await browser.new_context())
        theirs = cookies[name or list(cookies)[len(contexts) - 1]]
        for host in HOSTS:
            pairs = [{"name": key, "value": value} for key, value in theirs.items()]
            await contexts[-1].add_cookies(
                [{**pair, "domain": host, "path": "/"} for pair in pairs]
            )
        page = await contexts[-1].new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: print(f"The page's script stopped: {error}"))
        page.on(
            "response",
            lambda answer: (
                answer.ok or print(f"{urlsplit(answer.url).path} answered {answer.status}")
            ),
        )
        return page

    yield open_window
    for context in contexts:
        for page in context.pages:
            await page.unroute_all(behavior="ignoreErrors")
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_room(open_page, site, room):
    async def open_window(name=None):
        page = await open_page(name)
        await page.goto(f"{site}/chat/{room}/")
        await says_that_it_is_connected(page)
        return page

    return open_window


def message_of(page):
    return page.get_by_label("Message", exact=True)


async def says_that_it_is_connected(
    page, complaint="the page never says that it is connected", within=None
):
    await expect(connected_on(page), complaint).to_be_visible(timeout=within)


def connected_on(page):
    """Find the status that says "Connected". A page may have others: an <output> is one too."""
    return page.get_by_role("status").filter(has_text=CONNECTED)


async def shows(page, text, complaint):
    await expect(page.get_by_role("log"), complaint).to_contain_text(text)


async def keeps(page, text):
    """Check that the text typed while the page was offline is still there."""
    await expect(page.get_by_text(text), "text typed while offline is lost").to_be_visible()
