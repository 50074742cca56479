"""The pages of the steps are accessible: light, dark, wide and on a phone."""

import shutil

import pytest
from accessibility import violations
from doc_pages import blocks
from looks import SIZES
from playwright.async_api import expect
from served import Served, kill

from workshop.base.paths import ROOT
from workshop.course import catalog

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]

STEPS = [step for step in catalog.load() if step.number and "browser" in step.needs]
SCHEMES = ("light", "dark")
PASSWORD = "correct horse battery"
NOT_LOGGED_IN = 4401


@pytest.fixture(params=STEPS, ids=lambda step: step.number)
def served(request, tmp_path, clean_environment):
    """Serve a copy of a step's project with an empty database. Returns the URL."""
    project = tmp_path / request.param.slug
    ignored = shutil.ignore_patterns("__pycache__", "db.sqlite3*")
    shutil.copytree(request.param.folder, project, ignore=ignored)
    server = Served(ROOT, clean_environment, str(project))
    url = server.wait_until_it_runs().address
    server.watchdog.cancel()  # a visit to all pages takes long on a busy machine
    yield url
    server.end()
    kill(server)


class Visit:
    """A visit to all of a step's pages, with a stop wherever there's something to check."""

    def __init__(self, page, url):
        self.page, self.url, self.sockets = page, url, []

    async def pages(self):
        await self.page.goto(self.url)
        if "/accounts/login/" in self.page.url:
            async for name in self.accounts():
                yield name
        yield "first page"
        await self.name_a_room("no spaces please")
        yield "first page with an error"
        async for name in self.members():
            yield name
        async for name in self.room():
            yield name

    async def accounts(self):
        page = self.page
        yield "log in"
        await page.get_by_label("Username").fill("nobody")
        await page.get_by_label("Password").fill("wrong")
        await page.get_by_role("button", name="Log in").click()
        yield "log in with an error"
        await page.goto(f"{self.url}accounts/signup/")
        yield "sign up"
        await self.sign_up("no spaces please")
        yield "sign up with an error"
        await self.sign_up("Ann")
        await expect(page.get_by_role("button", name="Log out")).to_be_visible()

    async def sign_up(self, name):
        await self.page.get_by_label("Username").fill(name)
        await self.page.locator("#id_password1").fill(PASSWORD)
        await self.page.locator("#id_password2").fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign up").click()

    async def name_a_room(self, name, private=False):
        await self.page.goto(self.url)
        if private:
            await self.page.get_by_label("Private").check()
        field = self.page.get_by_role("textbox").first
        await field.fill(name)
        await field.press("Enter")

    async def members(self):
        """The members page of a private room, in steps that have one."""
        await self.page.goto(self.url)
        if not await self.page.get_by_label("Private").count():
            return
        await self.name_a_room("private-room", private=True)
        await self.page.get_by_role("link", name="Members").click()
        yield "members"
        await self.page.get_by_label("Username").fill("nobody")
        await self.page.get_by_role("button", name="Add").click()
        yield "members with an error"

    async def room(self):
        page = self.page
        await page.route_web_socket("**/ws/**", self.stand_between)
        await self.name_a_room("tea-room")
        await expect(page.get_by_role("status").filter(has_text="Connected")).to_be_visible()
        yield "empty room"
        await self.write("hello " * 30)
        await self.write("w" * 300)
        await self.write("مرحبا بالجميع")
        yield "room with messages"
        await self.sockets[-1].close()
        await expect(page.get_by_role("status").filter(has_text="Offline")).to_be_visible()
        yield "offline"
        await expect(page.get_by_role("status").filter(has_text="Connected")).to_be_visible()
        await self.sockets[-1].close(code=NOT_LOGGED_IN)
        await expect(page.get_by_role("status").filter(has_text="Connected")).to_have_count(0)
        yield "closed with a code"

    async def stand_between(self, socket):
        self.sockets.append(socket)
        socket.connect_to_server()

    async def write(self, text):
        message = self.page.get_by_label("Message", exact=True)
        await message.fill(text)
        await message.press("Enter")
        await expect(self.page.get_by_text(text.strip(), exact=True)).to_have_count(1)


async def look(page):
    """Return what's wrong with the page as it is now."""
    findings = []
    for size, viewport in SIZES.items():
        await page.set_viewport_size(viewport)
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            for found in await violations(page):
                targets = [node["target"] for node in found["nodes"]]
                findings.append(f"{size}, {scheme}: {found['id']}, {found['help']} {targets}")
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            findings.append(f"{size}: wider than the screen")
    return findings


async def test_axe_finds_nothing_and_nothing_overflows_on_any_page_of_a_step(browser, served):
    context = await browser.new_context()
    page = await context.new_page()
    seen = {name: await look(page) async for name in Visit(page, served).pages()}
    await context.close()
    assert {name: found for name, found in seen.items() if found} == {}
    assert {"first page", "room with messages", "offline", "closed with a code"} <= set(seen)


@pytest.mark.parametrize("served", [catalog.find("15")], indirect=True, ids=["15"])
async def test_the_flood_that_a_chapter_pastes_into_the_console_is_closed(browser, served):
    [flood] = [one for one in blocks() if (one.page, one.head) == ("chapters/15-limits.md", "js")]
    context = await browser.new_context()
    page = await context.new_page()
    visit = Visit(page, served)
    await page.goto(served)
    async for _ in visit.accounts():
        pass
    await visit.name_a_room("tea-room")
    await expect(page.get_by_role("status").filter(has_text="Connected")).to_be_visible()
    async with page.expect_console_message(lambda line: "closed with" in line.text) as closed:
        await page.evaluate("\n".join([*flood.lines, "null"]))  # else its function is called
    assert (await closed.value).text == "closed with 4429"
    await context.close()
