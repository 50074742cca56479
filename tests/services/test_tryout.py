"""The try-out page: two clients of `run`'s server, relayed by the workshop."""

import contextlib
import os
import shutil
import urllib.error
import urllib.request

import patience
import pytest
import pytest_asyncio
from playwright.async_api import expect
from served import Served, kill
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from workshop.base.paths import ROOT
from workshop.services import tryout

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals"),
]
LEFT_BY_RUNNING = shutil.ignore_patterns("__pycache__", "*.sqlite3")
ANNOUNCED = r"Try it with two clients, Ann and Bob, at (http://\S+)"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A learner's folder with step 03."""
    return copy_of("03-consumer", tmp_path_factory)


def copy_of(step, tmp_path_factory):
    folder = tmp_path_factory.mktemp("learner") / "my-chat"
    shutil.copytree(ROOT / "steps" / step, folder, ignore=LEFT_BY_RUNNING)
    return folder


@pytest.fixture(scope="module")
def url(project):
    """Serve the project and return the URL of its try-out page."""
    with serving(project) as page:
        yield page


@contextlib.contextmanager
def serving(project):
    with contextlib.ExitStack() as stack:
        run = Served(ROOT, dict(os.environ), str(project), "--no-browser")
        stack.callback(kill, run)
        page = run.wait_for(ANNOUNCED)[1]
        run.wait_until_it_runs()
        yield page
        run.end()


@pytest_asyncio.fixture(loop_scope="session")
async def clients(browser, url):
    """Open the page. Returns locators for Ann's half and Bob's."""
    async with opened(browser, url) as both:
        yield both


@contextlib.asynccontextmanager
async def opened(browser, url):
    context = await browser.new_context()
    page = await context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url)
    yield page.get_by_role("region", name="Ann"), page.get_by_role("region", name="Bob")
    await context.close()
    assert complaints == []


async def press(client, name):
    await client.get_by_role("button", name=name).click()


async def connected(client):
    await press(client, "Connect")
    await expect(client.get_by_role("status")).to_have_text("Connected")


async def send(client, text):
    await client.get_by_label("Message").fill(text)
    await press(client, "Send")


@pytest.mark.asyncio(loop_scope="session")
async def test_ann_and_bob_chat_and_see_every_frame(clients):
    ann, bob = clients
    await connected(ann)
    await connected(bob)
    await send(ann, "hello")
    await expect(ann.get_by_role("log")).to_contain_text('→ {"message":"hello"}')
    for client in clients:
        await expect(client.get_by_role("log")).to_contain_text('← {"message": "hello"}')
    await press(ann, "Close")
    await expect(ann.get_by_role("status")).to_have_text("Closed with code 1000")
    await expect(bob.get_by_role("status")).to_have_text("Connected")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_frame_can_be_sent_as_it_is_typed(clients):
    ann, _ = clients
    await connected(ann)
    await ann.get_by_label("Send exactly what I type").check()
    await send(ann, "no JSON")
    await expect(ann.get_by_role("log")).to_contain_text('← {"error": "That is not JSON."}')


@pytest.mark.asyncio(loop_scope="session")
async def test_another_origin_is_refused_and_none_is_accepted(clients):
    _, bob = clients
    await bob.get_by_text("Headers").click()
    await bob.get_by_label("Origin").fill("http://evil.example")
    await press(bob, "Connect")
    await expect(bob.get_by_role("status")).to_have_text("Refused: HTTP 403")
    await bob.get_by_label("Origin").fill("")
    await connected(bob)


@pytest.mark.asyncio(loop_scope="session")
async def test_without_accounts_nobody_is_asked_to_log_in(clients):
    ann, _ = clients
    await connected(ann)
    await expect(ann.get_by_role("button", name="Log in")).to_be_hidden()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("step", ["06-accounts", "09-delivery", "16-hub"])
async def test_each_client_signs_up_and_writes_under_its_own_name(browser, tmp_path_factory, step):
    with serving(copy_of(step, tmp_path_factory)) as url:
        async with opened(browser, url) as (ann, bob):
            await press(ann, "Connect")
            await expect(ann.get_by_role("status")).to_have_text("Closed with code 4401")
            await account(ann, "Sign up", "ann", "a fine password")
            await expect(ann.get_by_role("status")).to_have_text("Logged in as ann")
            await account(bob, "Sign up", "bob", "a fine password")
            await expect(bob.get_by_role("status")).to_have_text("Logged in as bob")
            await connected(ann)
            await connected(bob)
            await send(bob, "hello")
            await expect(ann.get_by_role("log")).to_contain_text('"author": "bob"')
            await expect(ann.get_by_role("log")).to_contain_text('"message": "hello"')


@pytest.mark.asyncio(loop_scope="session")
async def test_a_failed_login_is_explained(browser, tmp_path_factory):
    with serving(copy_of("06-accounts", tmp_path_factory)) as url:
        async with opened(browser, url) as (ann, _):
            status = ann.get_by_role("status")
            await account(ann, "Log in", "ann", "a fine password")
            await expect(status).to_contain_text("Not logged in: Please enter a correct username")
            await account(ann, "Sign up", "ann", "a fine password")
            await expect(status).to_have_text("Logged in as ann")
            await account(ann, "Sign up", "ann", "another password")
            await expect(status).to_contain_text("Not logged in: ")
            await expect(status).to_contain_text("already exists")
            await account(ann, "Log in", "ann", "a fine password")
            await expect(status).to_have_text("Logged in as ann")


async def account(client, button, name, password):
    await client.get_by_label("Username").fill(name)
    await client.get_by_label("Password").fill(password)
    await press(client, button)


@pytest.mark.asyncio(loop_scope="session")
async def test_other_sites_cannot_use_the_relay(url):
    relay = url.replace("http", "ws") + "relay"
    async with connect(relay, origin="http://evil.example") as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()


def test_the_page_is_for_this_machine_only(url):
    request = urllib.request.Request(url, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=patience.SECONDS)


def test_no_file_is_added_to_the_project(url, project):
    names = {path.name for path in project.iterdir()}
    ours = {path.name for path in (ROOT / "steps" / "03-consumer").iterdir()}
    assert names - ours <= {"db.sqlite3", "__pycache__"}


@pytest.mark.parametrize(("step", "expected"), [("02-asgi", False), ("03-consumer", True)])
def test_the_page_is_for_projects_with_consumers(step, expected):
    assert tryout.has_sockets(ROOT / "steps" / step) == expected
