import contextlib
import os
import shutil

import pytest
from conftest import free_port, wait_for_port
from playwright.async_api import async_playwright, expect

PATIENCE = 120_000  # milliseconds; a busy machine may need most of them
FOLLOW_THE_SOCKET = """
const follow = (state) => () => { document.documentElement.dataset.socket = state };
addEventListener("htmx:ws:after:connection", follow("open"));
addEventListener("htmx:ws:close", follow("closed"));
"""
HIDE = """() => {
  Object.defineProperty(document, "hidden", { value: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
expect.set_options(timeout=PATIENCE)


@contextlib.contextmanager
def served(project, port):
    """Serve the project with its static files."""
    words = ["django", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with project.running(*words) as process:
        wait_for_port(port, process)
        yield


@contextlib.asynccontextmanager
async def browser_context():
    path = os.environ.get("BROWSER_PATH") or shutil.which("chromium")
    if not path:
        pytest.skip("No browser found: install Chromium, or set BROWSER_PATH.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = await browser.new_context()
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(FOLLOW_THE_SOCKET)
        yield context
        await browser.close()


async def open_tab(context, port):
    """Open the page and wait until its socket is in the group."""
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{port}/")
    await socket_is(page, "open")
    return page


async def socket_is(page, state):
    await expect(page.locator("html")).to_have_attribute("data-socket", state)


async def say(page, text):
    await page.get_by_label("Message").fill(text)
    await page.get_by_role("button", name="Send").click()


def messages(page):
    return page.locator("#messages li")


async def test_a_message_appears_in_both_tabs_once_and_as_text(project):
    port = free_port()
    async with browser_context() as context:
        with served(project, port):
            ann = await open_tab(context, port)
            bob = await open_tab(context, port)
            await say(ann, "<b>Hello</b> & welcome")
            for page in (ann, bob):
                await expect(messages(page)).to_have_text(["<b>Hello</b> & welcome"])
                await expect(page.locator("#messages b")).to_have_count(0)
            await expect(ann.get_by_label("Message")).to_have_value("")
            await say(bob, "Hi Ann")
            await expect(messages(ann)).to_have_text(["<b>Hello</b> & welcome", "Hi Ann"])


async def test_a_hidden_tab_still_receives_messages(project):
    port = free_port()
    async with browser_context() as context:
        with served(project, port):
            ann = await open_tab(context, port)
            bob = await open_tab(context, port)
            await bob.evaluate(HIDE)
            await say(ann, "Are you there?")
            await expect(messages(bob)).to_have_text(["Are you there?"])


async def test_what_is_sent_while_the_server_restarts_arrives_later(project):
    port = free_port()
    async with browser_context() as context:
        with served(project, port):
            ann = await open_tab(context, port)
        await socket_is(ann, "closed")
        await say(ann, "Hello again")
        with served(project, port):
            await socket_is(ann, "open")
            await expect(messages(ann)).to_have_text(["Hello again"])


async def test_a_frame_that_is_no_message_is_ignored(server):
    async with server.connect("/ws/chat/") as websocket:
        for frame in ("[]", '{"text": 5}', '{"text": " "}', '{"text": "Hello"}'):
            await websocket.send(frame)
        assert "<li>Hello</li>" in await websocket.recv()
