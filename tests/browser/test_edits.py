"""Editing and deleting messages: with the mouse, the keyboard, offline, and seen by others."""

import re

import pytest
from accessibility import violations
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


def field(person):
    return person.page.get_by_label("Message", exact=True)


def line(person, text):
    return person.page.locator("#log li").filter(has_text=text)


async def choose(person, text, name):
    """Open the menu on a message and choose from it."""
    await line(person, text).hover()
    await line(person, text).get_by_role("button", name="Edit or delete").click()
    await person.page.get_by_role("menuitem", name=name).click()


async def two_in(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    return ann, bob


async def test_an_edit_shows_everywhere_and_after_a_reload(person, room):
    ann, bob = await two_in(person, room)
    await ann.write("helo")
    await expect(bob.stored).to_have_text(["helo"])
    await choose(ann, "helo", "Edit")
    await expect(field(ann)).to_have_value("helo")
    await field(ann).fill("hello")
    await field(ann).press("Enter")
    for one in (ann, bob):
        await expect(one.stored).to_have_text(["hello"])
        await expect(line(one, "hello")).to_contain_text("edited")
    await expect(ann.page.locator("#log [data-state='Sending']")).to_have_count(0)
    for one in (ann, bob):
        await one.page.reload()
        await expect(one.stored).to_have_text(["hello"])
        await expect(line(one, "hello")).to_contain_text("edited")


async def test_deleting_asks_first_and_leaves_a_trace(person, room):
    ann, bob = await two_in(person, room)
    await ann.write("a slip")
    await expect(bob.stored).to_have_text(["a slip"])
    await choose(ann, "a slip", "Delete")
    dialog = ann.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("a slip")
    await dialog.get_by_role("button", name="Keep it").click()
    await expect(ann.stored).to_have_text(["a slip"])
    await choose(ann, "a slip", "Delete")
    await dialog.get_by_role("button", name="Delete").click()
    for one in (ann, bob):
        await expect(one.stored).to_have_text(["Message deleted"])
    await expect(ann.page.get_by_role("button", name="Edit or delete")).to_have_count(0)
    await ann.page.reload()
    await expect(ann.stored).to_have_text(["Message deleted"])
    assert "a slip" not in await ann.page.content()


async def test_the_owner_deletes_any_message_and_edits_only_their_own(person, room):
    ann, bob = await two_in(person, room)
    await bob.write("by Bob")
    await ann.write("by Ann")
    await expect(ann.stored).to_have_count(2)
    await expect(bob.stored).to_have_count(2)
    await expect(bob.page.get_by_role("button", name="Edit or delete")).to_have_count(1)
    await line(ann, "by Bob").hover()
    await line(ann, "by Bob").get_by_role("button", name="Edit or delete").click()
    await expect(ann.page.get_by_role("menuitem", name="Edit")).to_be_hidden()
    await ann.page.get_by_role("menuitem", name="Delete").click()
    await ann.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    for one in (ann, bob):
        await expect(one.stored).to_have_text(["Message deleted", "by Ann"])


async def test_messages_can_be_edited_and_deleted_with_the_keyboard(person, room):
    ann = await person()
    await ann.make(room)
    for text in ("first", "second"):
        await ann.write(text)
    await expect(ann.stored).to_have_count(2)
    keyboard = ann.page.keyboard
    await keyboard.press("ArrowUp")
    await expect(field(ann)).to_have_value("second")
    await keyboard.press("Escape")
    await expect(field(ann)).to_have_value("")
    await keyboard.press("ArrowUp")
    await field(ann).fill("second, edited")
    await keyboard.press("Enter")
    await expect(ann.stored).to_have_text(["first", "second, edited"])
    await keyboard.press("Shift+Tab")
    await keyboard.press("ArrowUp")
    await expect(line(ann, "first").get_by_role("button", name="Edit or delete")).to_be_focused()
    await keyboard.press("Enter")
    await expect(ann.page.get_by_role("menuitem", name="Edit")).to_be_focused()
    assert await violations(ann.page) == []
    await keyboard.press("ArrowDown")
    await expect(ann.page.get_by_role("menuitem", name="Delete")).to_be_focused()
    await keyboard.press("Escape")
    await expect(line(ann, "first").get_by_role("button", name="Edit or delete")).to_be_focused()
    await keyboard.press("Enter")
    await keyboard.press("ArrowDown")
    await keyboard.press("Enter")
    await expect(ann.page.get_by_role("dialog")).to_be_visible()
    assert await violations(ann.page) == []
    await ann.page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    await expect(ann.stored).to_have_text(["Message deleted", "second, edited"])
    await expect(field(ann)).to_be_focused()


async def test_after_a_jump_to_the_newest_message_the_tab_key_reaches_its_menu(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    ann.site.fill(room, bob.name, [f"message {number}" for number in range(1, 81)])
    await ann.enter(room)
    await ann.page.get_by_role("button", name="New messages").click()
    await expect(ann.stored.last).to_have_text("message 80")
    await ann.page.keyboard.press("Tab")
    newest = line(ann, "message 80").get_by_role("button", name="Edit or delete")
    await expect(newest).to_be_focused()


async def test_an_edit_above_many_unread_messages_is_saved_once_it_is_stored(person, room):
    ann, bob = await person(), await person()
    await bob.make(room)
    unread = [(ann.name, f"message {number}", None) for number in range(1, 121)]
    bob.site.store(room, [(bob.name, "before", None), *unread])
    await bob.enter(room)
    await choose(bob, "before", "Edit")
    await field(bob).fill("after")
    await field(bob).press("Enter")
    await expect(line(bob, "after")).to_have_attribute("data-state", "Saved")
    await expect(bob.page.get_by_text("message 120", exact=True)).to_have_count(0)


async def test_an_edit_leaves_the_draft_alone(person, room):
    ann = await person()
    await ann.make(room)
    await ann.write("to be edited")
    await field(ann).fill("a draft")
    await choose(ann, "to be edited", "Edit")
    await field(ann).fill("edited")
    await field(ann).press("Enter")
    await expect(field(ann)).to_have_value("a draft")
    await expect(ann.stored).to_have_text(["edited"])
    await ann.page.reload()
    await expect(field(ann)).to_have_value("a draft")


async def test_changes_made_offline_are_sent_later_and_survive_the_tab(person, room, network):
    ann, bob = await two_in(person, room)
    await network.stand_between(ann.page)
    await ann.enter(room)
    for text in ("one", "two"):
        await ann.write(text)
    await expect(bob.stored).to_have_count(2)
    await network.go_down()
    await choose(ann, "one", "Edit")
    await field(ann).fill("one, edited")
    await field(ann).press("Enter")
    await choose(ann, "two", "Delete")
    await ann.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(ann.page.locator("#log [data-state='Sending']")).to_have_count(2)
    await expect(line(ann, "one, edited")).to_have_count(1)
    await expect(bob.stored).to_have_text(["one", "two"])
    await ann.page.close()
    ann.page = await ann.context.new_page()
    await ann.enter(room)
    for one in (ann, bob):
        await expect(one.stored).to_have_text(["one, edited", "Message deleted"])
    await expect(ann.page.locator("#log [data-state='Sending']")).to_have_count(0)


async def test_people_who_were_offline_see_the_edit(person, room, network):
    ann, bob = await two_in(person, room)
    await network.stand_between(bob.page)
    await bob.enter(room)
    await ann.write("before")
    await expect(bob.stored).to_have_text(["before"])
    await network.go_down()
    await choose(ann, "before", "Edit")
    await field(ann).fill("after")
    await field(ann).press("Enter")
    await expect(ann.page.locator("#log [data-state='Sending']")).to_have_count(0)
    network.up = True
    await bob.come_back()
    await expect(bob.stored).to_have_text(["after"])


async def test_a_refused_change_says_why_and_can_be_discarded(person, room):
    ann, bob = await two_in(person, room)
    await bob.write("contested")
    await expect(ann.stored).to_have_text(["contested"])
    await bob.page.route_web_socket("**/ws/chat/**", lambda socket: None)
    await bob.page.goto(bob.page.url)
    await choose(bob, "contested", "Edit")
    await field(bob).fill("too late")
    await field(bob).press("Enter")
    await choose(ann, "contested", "Delete")
    await ann.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(ann.stored).to_have_text(["Message deleted"])
    other = await bob.context.new_page()
    await other.goto(ann.page.url)
    problem = other.locator("#log .problem")
    await expect(problem).to_contain_text("this one is deleted")
    await problem.get_by_role("button", name="Discard").click()
    await expect(problem).to_have_count(0)
    await expect(other.locator("#log li p[dir]")).to_have_text(["Message deleted"])


async def test_changes_do_not_count_as_unread(person, room):
    ann, bob = await two_in(person, room)
    await ann.write("read by Bob")
    await expect(ann.page.locator("#log [data-state='Seen']")).to_have_count(1)
    await bob.page.goto(bob.site.url)
    await choose(ann, "read by Bob", "Edit")
    await field(ann).fill("read by Bob, and edited")
    await field(ann).press("Enter")
    await expect(ann.stored).to_have_text(["read by Bob, and edited"])
    await expect(ann.page.locator("#log [data-state='Sending']")).to_have_count(0)
    await bob.page.reload()
    await expect(bob.page.get_by_role("link", name=room)).not_to_contain_text("unread")
    await bob.enter(room)
    await expect(bob.page.locator("#log .new")).to_have_count(0)
    await expect(bob.page).to_have_title(re.compile("^room-"))


async def test_an_edit_that_changes_nothing_is_not_an_edit(person, room):
    ann, bob = await two_in(person, room)
    await ann.write("as it was")
    await expect(bob.stored).to_have_text(["as it was"])
    await choose(ann, "as it was", "Edit")
    await field(ann).press("Enter")
    await expect(field(ann)).to_have_value("")
    await ann.write("and on")
    await expect(bob.stored).to_have_text(["as it was", "and on"])
    await ann.page.reload()
    await expect(ann.stored).to_have_text(["as it was", "and on"])
    await expect(line(ann, "as it was")).not_to_contain_text("edited")
