"""Unsent text survives a reload, and nobody else sees it."""

import pytest
from people import PASSWORD, outbox_arrives
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


def field(page):
    return page.get_by_label("Message", exact=True)


async def log_out(person):
    other = await person.context.new_page()
    await other.goto(person.site.url)
    await other.get_by_role("button", name="Log out").click()
    await expect(other.get_by_role("link", name="Sign up")).to_be_visible()
    await other.close()


async def log_in(page, name):
    await page.get_by_label("Username").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()


async def test_a_draft_survives_a_reload_and_a_visit_to_another_room(person, room):
    ann = await person()
    await ann.make(room)
    await field(ann.page).fill("not finished\nyet")
    await ann.page.reload()
    await expect(field(ann.page)).to_have_value("not finished\nyet")
    await ann.make(f"{room}-2")
    await expect(field(ann.page)).to_have_value("")
    await field(ann.page).fill("for the other room")
    await ann.enter(room)
    await expect(field(ann.page)).to_have_value("not finished\nyet")
    await field(ann.page).press("Enter")
    await expect(ann.stored).to_have_text(["not finished\nyet"])
    await ann.page.reload()
    await expect(field(ann.page)).to_have_value("")


async def test_a_draft_survives_a_new_login_and_is_hidden_until_then(person, room):
    ann = await person()
    await ann.make(room)
    await field(ann.page).fill("only for my own eyes")
    await log_out(ann)
    await expect(ann.page.locator("#notice")).to_contain_text("You’ve been logged out")
    await expect(field(ann.page)).to_have_value("")
    await field(ann.page).press_sequentially("and this")
    await ann.page.get_by_role("link", name="Log in").click()
    await log_in(ann.page, ann.name)
    await expect(field(ann.page)).to_have_value("only for my own eyes\nand this")


async def test_the_next_user_of_the_browser_gets_no_draft(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await field(ann.page).fill("only for my own eyes")
    await log_out(ann)
    await ann.page.get_by_role("link", name="Log in").click()
    await log_in(ann.page, bob.name)
    await expect(ann.page.locator(".account strong")).to_have_text(bob.name)
    await expect(field(ann.page)).to_have_value("")
    await field(ann.page).fill("the draft of somebody else")
    await log_out(ann)
    await ann.page.get_by_role("link", name="Log in").click()
    await log_in(ann.page, ann.name)
    await expect(field(ann.page)).to_have_value("only for my own eyes")


async def test_a_draft_sent_in_one_tab_disappears_from_the_other(person, room):
    ann = await person()
    await ann.make(room)
    await field(ann.page).fill("shared")
    other = await ann.context.new_page()
    await other.goto(ann.page.url)
    await expect(field(other)).to_have_value("shared")
    await field(ann.page).press("Enter")
    await expect(field(other)).to_have_value("")


async def test_writing_works_without_browser_storage(person, room):
    ann = await person()
    await ann.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('denied'); }})"
    )
    await ann.make(room)
    await ann.write("nothing is stored here")
    await expect(ann.stored).to_have_text(["nothing is stored here"])


async def test_a_message_discarded_in_one_tab_is_gone_in_the_other(person, room, network):
    ann = await person()
    await ann.make(room)
    pages = [ann.page, await ann.context.new_page()]
    for page in pages:
        await network.stand_between(page)
        ann.page = page
        await ann.enter(room)
    network.up = False
    for socket in network.sockets:
        await socket.close()
    await ann.write("better not")
    first, second = pages
    await outbox_arrives(first)
    await first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    for page in pages:
        await expect(page.locator("#waiting p[dir]")).to_have_text(["better not"])
    await second.evaluate(
        "Object.keys(localStorage).forEach((key) => localStorage.removeItem(key))"
    )
    await expect(first.locator("#waiting li")).to_have_count(0)


async def test_a_text_that_is_too_long_is_kept_and_the_excess_is_shown(person, room):
    ann = await person()
    await ann.make(room)
    await field(ann.page).fill("🙂" * 4_003)
    too_long = ann.page.get_by_text("Shorten this by 3 characters.")
    await expect(too_long).to_be_visible()
    await field(ann.page).press("Enter")
    await expect(field(ann.page)).to_have_value("🙂" * 4_003)
    await field(ann.page).fill("🙂" * 4_000)
    await expect(too_long).to_be_hidden()
    await field(ann.page).press("Enter")
    await expect(ann.stored).to_have_text(["🙂" * 4_000])
