import contextlib
import os
import shutil

import pytest
from conftest import free_port, hears, wait_for_port
from playwright.async_api import async_playwright, expect

OPEN = 1
CLOSED = 3
PATIENCE = 120_000  # milliseconds; a busy machine may need most of them
RECORD_SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...words) {
    super(...words);
    window.sockets.push(this);
  }
};
"""
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
        await context.add_init_script(RECORD_SOCKETS)
        await context.clock.install()
        yield context
        await browser.close()


async def open_tab(context, port):
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{port}/")
    await state_is(page, "Connected")
    return page


async def state_is(page, words):
    await expect(page.get_by_role("status")).to_have_text(words)


async def sockets_are(page, *states):
    """Wait until the page has made so many sockets, and each is in its state."""
    question = "(wanted) => String(sockets.map((one) => one.readyState)) === String(wanted)"
    await page.wait_for_function(question, arg=list(states))


async def say(page, text):
    await page.get_by_label("Message").fill(text)
    await page.get_by_role("button", name="Send").click()


def messages(page):
    return page.get_by_role("listitem")


async def test_a_message_appears_in_both_tabs_once_and_as_text(project):
    port = free_port()
    async with browser_context() as context:
        with served(project, port):
            ann = await open_tab(context, port)
            bob = await open_tab(context, port)
            await say(ann, "<b>Hello</b> & welcome")
            await expect(messages(bob)).to_have_text(["<b>Hello</b> & welcome"])
            await expect(ann.get_by_label("Message")).to_have_value("")
            await say(bob, "Hi Ann")
            for page in (ann, bob):
                await expect(messages(page)).to_have_text(["<b>Hello</b> & welcome", "Hi Ann"])


async def test_strict_mode_leaves_one_socket_open_and_leaving_leaves_none(project):
    port = free_port()
    async with browser_context() as context:
        with served(project, port):
            page = await open_tab(context, port)
            await sockets_are(page, CLOSED, OPEN)
            await page.get_by_role("button", name="Leave").click()
            await sockets_are(page, CLOSED, CLOSED)
            await page.clock.run_for(60_000)
            await sockets_are(page, CLOSED, CLOSED)


async def test_the_page_connects_again_after_the_server_restarts(project):
    port = free_port()
    async with browser_context() as context:
        with served(project, port):
            page = await open_tab(context, port)
        await state_is(page, "Connecting…")
        with served(project, port):
            await state_is(page, "Connected")
            await say(page, "Hello again")
            await expect(messages(page)).to_have_text(["Hello again"])


async def test_a_frame_that_is_no_message_is_ignored(server):
    async with server.connect("/ws/chat/") as websocket:
        for frame in ("[]", '{"text": 5}', '{"text": " "}', '{"text": "Hello"}'):
            await websocket.send(frame)
        assert (await hears(websocket))["text"] == "Hello"
