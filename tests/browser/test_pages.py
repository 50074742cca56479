import re

import pytest
from accessibility import violations
from chat_site import FINAL, Site
from looks import SIZES, flaws
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def broken_site(tmp_path_factory):
    """A server whose database has no tables."""
    broken = Site(tmp_path_factory.mktemp("broken"))
    broken.start()
    yield broken
    broken.kill()


async def forms(ann):
    """Visit every page with a form, empty and with errors."""
    page, url = ann.page, ann.site.url
    await page.goto(url)
    yield "index"
    await page.get_by_label("Name").fill("no spaces please")
    await page.get_by_role("button", name="Create room").click()
    yield "index with an error"
    await page.goto(f"{url}/accounts/password/")
    yield "password"
    await page.get_by_label("Old password").fill("wrong")
    await page.locator("#id_new_password1").fill("123")
    await page.locator("#id_new_password2").fill("321")
    await page.get_by_role("button", name="Change password").click()
    yield "password with errors"


async def rooms(ann, bob, room):
    """Visit a room in all its states, and its members page."""
    page = ann.page
    room = await ann.make(room, private=True)
    yield "empty room"
    await page.goto(f"{page.url}members/")
    await page.get_by_label("Username").fill(bob.name)
    await page.get_by_role("button", name="Add").click()
    yield "members"
    await bob.enter(room)
    await ann.enter(room)
    await ann.write("hello " * 30)
    await bob.write("مرحبا بالجميع")
    await bob.write("w" * 300)
    await expect(page.locator("#log [data-state='Seen']")).to_have_count(1)
    await bob.page.get_by_label("Message", exact=True).press_sequentially("hm", delay=1_100)
    await expect(page.locator("#typing")).not_to_be_empty()
    yield "room with messages"
    await page.get_by_role("button", name="Edit or delete").first.click()
    yield "menu of a message"
    await page.get_by_role("menuitem", name="Delete").click()
    yield "question before a deletion"
    await page.keyboard.press("Escape")
    await page.get_by_label("Message", exact=True).fill("x" * 4_001)
    yield "text that is too long"
    await page.get_by_label("Message", exact=True).fill("")
    await page.keyboard.press("ArrowUp")
    yield "edit"
    await page.keyboard.press("Escape")
    if await page.locator("#count").is_visible():
        await page.locator("#count").click()
        yield "people and rooms"
        await page.keyboard.press("Escape")


async def failing_room(ann, room, network):
    """Visit a room that refuses a message, loses its connection and gets deleted."""
    page = ann.page
    network.loses = lambda frame, to_server: to_server
    await ann.make(room)
    await ann.write("not this one")
    await page.evaluate("document.getElementById('newest').hidden = false")
    await expect(page.locator("#waiting [data-state='Sending']")).to_have_count(1)
    client_id = await page.evaluate(
        "Object.keys(localStorage).find((key) => key.startsWith('outbox')).split(' ').at(-1)"
    )
    error = f'{{"type":"error","code":"empty","detail":"Write something.","ref":"{client_id}"}}'
    network.sockets[-1].send(error)
    await expect(page.locator("#waiting .problem")).to_be_visible()
    yield "refused message"
    await network.go_down()
    await expect(page.locator("#notice")).to_contain_text("offline")
    yield "offline"
    network.up = True
    await ann.come_back()
    await network.sockets[-1].close(code=4401)
    await expect(page.get_by_role("link", name="Log in")).to_be_visible()
    yield "logged out"


async def for_strangers(ann):
    """Visit the pages for people who aren't logged in."""
    page, url = ann.page, ann.site.url
    await ann.context.clear_cookies()
    await page.goto(url)
    yield "landing"
    await page.get_by_role("link", name="Sign up").click()
    yield "sign up"
    await page.get_by_label("Username").fill("no spaces please")
    await page.locator("#id_password1").fill("123")
    await page.locator("#id_password2").fill("321")
    await page.get_by_role("button", name="Sign up").click()
    yield "sign up with errors"
    await page.goto(f"{url}/chat/lobby/")
    yield "log in"
    await log_in_wrongly(page)
    yield "log in with an error"


async def log_in_wrongly(page, name="nobody"):
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password").fill("wrong")
    await page.get_by_role("button", name="Log in").click()


async def errors(page, site, broken_site):
    """Visit every error page."""
    await page.goto(f"{site.url}/nothing/here/")
    yield "Page not found"
    await page.goto(f"{site.url}/accounts/login/")
    await page.locator("[name=csrfmiddlewaretoken]").evaluate("(field) => field.remove()")
    await log_in_wrongly(page)
    yield "You can’t do that"
    await page.goto(f"{site.url}/accounts/login/")
    while await page.get_by_label("Username").count():
        await log_in_wrongly(page, "locked-out")
        await expect(page.locator(".errorlist, p a[href*=login]").first).to_be_visible()
    yield "Too many attempts"
    cookie = {"name": "sessionid", "value": "x" * 32, "url": broken_site.url}
    await page.context.add_cookies([cookie])
    await page.goto(broken_site.url)
    yield "Something went wrong"


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_and_nothing_overflows_on_any_page(
    person, room, network, site, broken_site, size
):
    ann, bob = await person(viewport=SIZES[size]), await person()
    page = ann.page
    findings = []
    async for name in forms(ann):
        findings += await flaws(page, name)
    async for name in rooms(ann, bob, room):
        findings += await flaws(page, name)
    await network.stand_between(page)
    async for name in failing_room(ann, room, network):
        findings += await flaws(page, name)
    async for name in for_strangers(ann):
        findings += await flaws(page, name)
    async for name in errors(page, site, broken_site):
        await expect(page.get_by_role("heading")).to_have_text(name)
        findings += await flaws(page, name)
    assert findings == []


async def test_axe_does_find_what_is_wrong(browser):
    page = await browser.new_page()
    await page.set_content("<img src='x'><input>")
    found = {each["id"] for each in await violations(page)}
    assert {"image-alt", "label"} <= found


async def test_error_pages_reveal_no_internals(browser, site, broken_site):
    page = await browser.new_page()
    async for name in errors(page, site, broken_site):
        await expect(page.get_by_role("heading")).to_have_text(name)
        html = await page.content()
        leaks = ["traceback", "django", "csrf", "settings", "sqlite", "nothing/here", str(FINAL)]
        assert [leak for leak in leaks if leak in html.lower()] == []


async def test_to_non_members_a_private_room_looks_missing(person, room):
    ann, bob = await person(), await person()
    room = await ann.make(room, private=True)
    pages = []
    for path in (f"/chat/{room}/", "/chat/no-such-room/"):
        answer = await bob.page.goto(bob.site.url + path)
        pages.append((answer.status, await bob.page.content()))
    assert pages[0] == pages[1] and pages[0][0] == 404


async def test_signing_up_takes_one_form_and_a_new_password_works_at_once(person):
    ann = await person(by_form=True)
    page = ann.page
    await page.get_by_role("link", name="Account", exact=True).click()
    await page.get_by_role("link", name="Change your password").click()
    await page.get_by_label("Old password").fill("correct horse battery")
    await page.locator("#id_new_password1").fill("a better horse")
    await page.locator("#id_new_password2").fill("a better horse")
    await page.get_by_role("button", name="Change password").click()
    await page.get_by_role("button", name="Log out").click()
    await page.get_by_role("link", name="Log in").click()
    await page.get_by_label("Username").fill(ann.name)
    await page.get_by_label("Password").fill("a better horse")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", name="Rooms")).to_be_visible()


async def test_every_downloaded_file_has_the_right_content_type():
    files = [
        path
        for app in ("chat_app", "accounts")
        for kind in ("js", "html", "css")
        for path in (FINAL / app).rglob(f"*.{kind}")
    ]
    assert len(files) > 15
    for path in files:
        opening = path.read_text().lstrip()
        assert re.match(r"//|/\*|\{#|<!--", opening), f"{path} does not say what it holds"
