"""The account pages in a browser: with the keyboard, on a phone, and in two tabs."""

import json
import re
import time

import patience
import pytest
from looks import SIZES, flaws
from people import PASSWORD
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


def mailed_link(site, path, address):
    """Return the link in the newest email to this address. The server prints its emails."""
    deadline = time.monotonic() + patience.SECONDS
    while True:
        _, found, mail = site.log.read_text().rpartition(f"To: {address}")
        if found and (link := re.search(rf"{site.url}/accounts/{path}/\S+", mail)):
            return link[0]
        assert time.monotonic() < deadline, "no mail came"
        time.sleep(0.05)


async def press_tab_until(page, locator):
    """Press the Tab key until this element has the focus."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await locator.evaluate("(element) => element === document.activeElement"):
            outline = await locator.evaluate("(element) => getComputedStyle(element).outlineStyle")
            assert outline != "none"
            return
    raise AssertionError("the Tab key never gets there")


async def open_account(person):
    await person.page.goto(person.site.url)
    await person.page.get_by_role("link", name="Account", exact=True).click()
    await expect(person.page.get_by_role("heading", name="Your account")).to_be_visible()


async def add_email(person, address):
    page = person.page
    await page.goto(f"{person.site.url}/accounts/email/")
    await page.get_by_label("Email address").fill(address)
    await page.get_by_label("Your password").fill(PASSWORD)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Open the link")
    await page.goto(mailed_link(person.site, "email", address))


async def every_page(ann, room):
    """Visit each account page, empty and with errors."""
    page, url = ann.page, ann.site.url
    await ann.make(room, private=True)
    await open_account(ann)
    yield "account"
    await page.get_by_label("Display name").fill("You")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".errorlist")).to_be_visible()
    yield "account with an error"
    await page.goto(f"{url}/accounts/email/")
    await page.get_by_label("Email address").fill("ann@example")
    await page.get_by_label("Your password").fill("wrong")
    await page.locator("form").evaluate("(form) => form.noValidate = true")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".errorlist")).to_have_count(2)
    yield "email address with errors"
    await add_email(ann, f"{'long-' * 6}{ann.name}@example.org")
    yield "confirmation"
    await page.get_by_role("button", name="Yes, use this address").click()
    await expect(page.get_by_role("status")).to_contain_text("Your email address is")
    yield "account with an email address"
    await page.goto(f"{url}/accounts/email/nonsense/")
    yield "invalid confirmation"
    await page.goto(f"{url}/accounts/delete/")
    await expect(page.get_by_role("listitem")).to_contain_text(room)
    await page.get_by_label("Your password").fill("wrong")
    await page.get_by_role("button", name="Delete my account").click()
    yield "deletion with an error"
    await page.goto(f"{url}/accounts/deleted/")
    yield "deleted"


async def pages_of_a_reset(ann):
    page, url = ann.page, ann.site.url
    address = f"{'long-' * 6}{ann.name}@example.org"
    await ann.context.clear_cookies()
    await page.goto(f"{url}/accounts/login/")
    yield "log in"
    await page.get_by_role("link", name="Forgot your password?").click()
    yield "forgotten password"
    await page.get_by_label("Email address").fill(address)
    await page.get_by_role("button", name="Send me a link").click()
    yield "look at your mail"
    await page.goto(mailed_link(ann.site, "reset", address))
    yield "new password"
    await page.locator("#id_new_password1").fill("123")
    await page.locator("#id_new_password2").fill("321")
    await page.get_by_role("button", name="Save password").click()
    await expect(page.locator(".errorlist").first).to_be_visible()
    yield "new password with errors"
    await page.goto(f"{url}/accounts/reset/MQ/nonsense/")
    yield "invalid link"
    await page.goto(f"{url}/accounts/reset/done/")
    yield "password changed"


@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing_and_nothing_overflows_on_any_page(person, room, size):
    ann = await person(viewport=SIZES[size])
    page = ann.page
    findings = []
    async for name in every_page(ann, room):
        findings += await flaws(page, name)
    async for name in pages_of_a_reset(ann):
        findings += await flaws(page, name)
    assert findings == []


@pytest.mark.parametrize("size", SIZES)
async def test_others_see_a_display_name_at_once_and_keep_seeing_the_username(person, room, size):
    ann, bob = await person(), await person(viewport=SIZES[size])
    await ann.make(room)
    await bob.enter(room)
    await ann.write("before")
    await expect(bob.page.locator("#log bdi").last).to_have_text(ann.name)
    second_tab = await ann.context.new_page()
    await second_tab.goto(f"{ann.site.url}/accounts/")
    name = second_tab.get_by_label("Display name")
    await press_tab_until(second_tab, name)
    shown = f"Ann Lee {ann.name[-4:]}x"
    await second_tab.keyboard.type(shown)
    await second_tab.keyboard.press("Enter")
    await expect(second_tab.get_by_role("status")).to_have_text("Your display name was changed.")
    await expect(second_tab.locator(".account bdi")).to_have_text(ann.name)
    if size == "phone":
        await bob.page.locator("#count").click()
    await expect(bob.page.locator("#here")).to_contain_text(f"{shown} {ann.name}")
    await expect(bob.page.locator("#here li")).to_have_count(2)
    await bob.page.keyboard.press("Escape")
    await ann.write("after")
    author = bob.page.locator("#log li", has_text="after").locator("bdi")
    await expect(author).to_have_text(shown)
    await expect(author).to_have_attribute("title", ann.name)
    await expect(ann.page.locator("#log li", has_text="after").locator("bdi")).to_have_text("You")
    await bob.page.reload()
    await expect(bob.page.locator("#log bdi").first).to_have_text(shown)


async def test_a_forgotten_password_can_be_reset_with_the_keyboard(person):
    ann = await person()
    address = f"{ann.name}@example.org"
    page = ann.page
    await add_email(ann, address)
    await page.get_by_role("button", name="Yes, use this address").press("Enter")
    await page.get_by_role("button", name="Log out").press("Enter")
    await page.get_by_role("link", name="Log in").press("Enter")
    await press_tab_until(page, page.get_by_role("link", name="Forgot your password?"))
    await page.keyboard.press("Enter")
    await page.get_by_label("Email address").press_sequentially(address.upper())
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    await page.goto(mailed_link(ann.site, "reset", address))
    await page.locator("#id_new_password1").press_sequentially("a better horse")
    await page.keyboard.press("Tab")
    await page.keyboard.type("a better horse")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Log in").press("Enter")
    await page.get_by_label("Username").fill(ann.name)
    await page.get_by_label("Password").fill("a better horse")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Rooms")).to_be_visible()


async def test_the_data_export_can_be_opened(person, room):
    ann = await person()
    await ann.make(room)
    await ann.write("my own words")
    await open_account(ann)
    async with ann.page.expect_download() as download:
        await ann.page.get_by_role("link", name="Download your data").click()
    file = await download.value
    assert file.suggested_filename == "chat-data.json"
    data = json.loads((await file.path()).read_text("utf-8"))
    assert data["account"]["username"] == ann.name
    assert [message["text"] for message in data["messages"]] == ["my own words"]


async def test_a_deleted_account_is_logged_out_in_every_tab(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await ann.write("I was here")
    await bob.enter(room)
    second_tab = await ann.context.new_page()
    await second_tab.goto(f"{ann.site.url}/accounts/")
    await second_tab.get_by_role("link", name="Delete your account").press("Enter")
    await second_tab.get_by_label("Your password").fill(PASSWORD)
    await second_tab.keyboard.press("Enter")
    await expect(
        second_tab.get_by_role("heading", name="Your account has been deleted")
    ).to_be_visible()
    await expect(ann.page.get_by_role("link", name="Log in")).to_be_visible()
    await expect(ann.stored).to_have_count(0)
    await bob.page.reload()
    await expect(bob.stored).to_have_text(["I was here"])
    await expect(bob.page.locator("#log bdi")).to_have_text(["Deleted account"])
    await expect(bob.page.locator("#log")).not_to_contain_text(ann.name)
