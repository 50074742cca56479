"""The field to write in, the keyboard, and the words about the connection."""

import time

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_offline_banner_comes_after_five_seconds_and_writing_goes_on(
    person, room, network
):
    ann = await person()
    await network.stand_between(ann.page)
    await ann.make(room)
    began = time.monotonic()
    await network.go_down()
    await expect(ann.page.locator("#notice")).to_contain_text("offline", timeout=10_000)
    assert time.monotonic() - began > 4.9
    await ann.write("into the outbox")
    await expect(ann.messages).to_have_text(["into the outbox"])
    network.up = True
    await ann.come_back()
    await expect(ann.stored).to_have_text(["into the outbox"])
    await expect(ann.page.locator("#notice")).to_have_text("")


async def test_enter_sends_but_not_while_a_word_is_being_composed(person, room):
    ann = await person()
    await ann.make(room)
    message = ann.page.get_by_label("Message", exact=True)
    await expect(message).to_be_focused()
    await message.fill("nihon")
    await message.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    await expect(message).to_have_value("nihon")
    await message.press("Shift+Enter")
    await message.press_sequentially("go")
    await message.press("Enter")
    await expect(ann.stored).to_have_text(["nihon\ngo"])


async def test_the_keyboard_reaches_the_messages_the_people_and_the_way_out(person, room):
    ann = await person(viewport={"width": 390, "height": 844})
    await ann.make(room)
    focused = "document.activeElement.id || document.activeElement.textContent"
    reached = []
    for _ in range(4):
        await ann.page.keyboard.press("Shift+Tab")
        reached.append(await ann.page.evaluate(focused))
    assert reached[:3] == ["log", "count", "Rooms"]
    await ann.page.locator("#count").press("Enter")
    await expect(ann.page.get_by_role("button", name="Log out")).to_be_visible()
    await ann.page.keyboard.press("Escape")
    await expect(ann.page.get_by_role("button", name="Log out")).to_be_hidden()
    await expect(ann.page.locator("#count")).to_be_focused()
