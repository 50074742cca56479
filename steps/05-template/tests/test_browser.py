import os
import re
import shutil
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
import pytest_asyncio
from playwright.async_api import Error as BrowserError
from playwright.async_api import async_playwright, expect

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser serves all tests
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
CONNECTED = re.compile(r"\bconnected\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def site(redis, serve):
    [server] = serve(1)
    url = f"http://{server}"
    with urlopen(f"{url}/chat/lobby/"):
        return url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    """A real Chromium. Without one, a test is skipped; where CI is set, it fails."""
    path = os.environ.get("BROWSER_PATH") or next(filter(None, map(shutil.which, BROWSERS)), None)
    async with async_playwright() as playwright:
        try:
            chromium = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        except BrowserError as error:
            reason = f"No browser starts: install Chromium, or set BROWSER_PATH. ({error.message})"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser):
    """Open a browser window of its own, as one more person would; print what goes wrong in it."""
    expect.set_options(timeout=PATIENCE * 1000)
    contexts = []

    async def open_window():
        contexts.append(await browser.new_context())
        page = await contexts[-1].new_page()
        page.set_default_timeout(PATIENCE * 1000)
        page.on("pageerror", lambda error: print(f"The script of the page stopped: {error}"))
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


@pytest_asyncio.fixture(loop_scope="module")
async def open_room(open_page, site, room):
    async def open_window():
        page = await open_page()
        await page.goto(f"{site}/chat/{room}/")
        await says_that_it_is_connected(page)
        return page

    return open_window


async def test_two_browser_windows_chat(open_room):
    ann, bob = await open_room(), await open_room()
    await message_of(ann).fill("hello <b>Bob</b>")
    await ann.get_by_role("button", name="Send").click()
    for page, name in ((ann, "Ann"), (bob, "Bob")):
        await shows(page, "hello <b>Bob</b>", f"the window of {name} does not show what Ann sent")
    await expect(message_of(ann), "what was sent still stands in the field").to_have_value("")


async def test_enter_sends_but_not_while_a_word_is_being_composed(open_room):
    ann = await open_room()
    message = message_of(ann)
    await message.fill("nihon")
    await message.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(message, "Enter sent a word that was still being composed").to_have_value("nihon")
    await message.press("Enter")
    await shows(ann, "nihon", "the Enter key does not send")


async def test_a_lost_connection_comes_back_and_nothing_typed_is_lost(open_page, site, room):
    page = await open_page()
    sockets, network = [], {"up": True}

    async def stand_between(socket):
        sockets.append(socket)
        if network["up"]:
            socket.connect_to_server()
        else:
            await socket.close()

    await page.route_web_socket("**/ws/**", stand_between)
    await page.clock.install()
    await page.goto(f"{site}/chat/{room}/")
    await says_that_it_is_connected(page)

    network["up"] = False
    await sockets[-1].close()
    message = message_of(page)
    complaint = "the page does not say that it is offline"
    await expect(connected_on(page), complaint).to_have_count(0)
    await message.fill("written while offline")
    await message.press("Enter")
    await expect(message, "what was typed while offline is lost").to_have_value(
        "written while offline"
    )

    network["up"] = True
    half = PATIENCE * 500
    await page.clock.fast_forward(half)  # the page waits before it tries again, the test need not
    await says_that_it_is_connected(page, "the connection does not come back", within=half)
    await message.press("Enter")
    await shows(page, "written while offline", "what was typed while offline does not arrive")


@pytest.mark.parametrize("scheme, socket_scheme", [("http", "ws"), ("https", "wss")])
async def test_the_socket_follows_the_scheme_of_the_page(
    open_page, site, room, scheme, socket_scheme
):
    page = await open_page()
    opened = []
    await page.route_web_socket("**/ws/**", lambda socket: opened.append(socket.url))

    async def answer_from_the_site(route):
        path = urlsplit(route.request.url).path
        await route.fulfill(response=await route.fetch(url=site + path))

    await page.route("**/*", answer_from_the_site)
    await page.goto(f"{scheme}://chat.example/chat/{room}/")
    await says_that_it_is_connected(page, f"a page opened with {scheme}:// opens no socket")
    url = f"{socket_scheme}://chat.example/ws/chat/{room}/"
    assert opened == [url], f"the page opened a socket to {opened[0]}, not to {url}"


def message_of(page):
    return page.get_by_label("Message", exact=True)


async def says_that_it_is_connected(
    page, complaint="the page never says that it is connected", within=None
):
    await expect(connected_on(page), complaint).to_be_visible(timeout=within)


def connected_on(page):
    """Find the status that says "Connected". A page may have others, an <output> is one."""
    return page.get_by_role("status").filter(has_text=CONNECTED)


async def shows(page, text, complaint):
    await expect(page.get_by_role("log"), complaint).to_contain_text(text)
