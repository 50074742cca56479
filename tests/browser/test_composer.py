"""The message field, the keyboard, and the status of the connection."""

import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


async def test_a_banner_shows_when_offline_and_writing_still_works(person, room, network):
    ann = await person()
    await network.stand_between(ann.page)
    await ann.make(room)
    await network.go_down()
    await expect(ann.page.locator("#notice")).to_contain_text("offline")
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


async def test_the_keyboard_reaches_the_messages_the_people_and_the_links(person, room):
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


async def test_the_connection_status_is_correct_from_the_start(person, room, network):
    ann, bob = await person(), await person()
    await network.stand_between(ann.page)
    await ann.make(room)
    await bob.enter(room)
    await expect(ann.page.locator("#here li")).to_have_count(2)
    await expect(ann.page.locator("#state")).to_have_attribute("data-state", "open")
    states = await ann.page.evaluate_handle(
        """() => {
          const state = document.getElementById("state");
          const seen = [];
          const note = () => seen.push([state.dataset.state, state.textContent].join(" "));
          new MutationObserver(note).observe(state, { attributes: true, childList: true });
          return seen;
        }"""
    )
    await network.go_down()
    await expect(ann.page.locator("#state")).to_have_text("Offline")
    assert set(await states.json_value()) == {"connecting Reconnecting…", "closed Offline"}
    await expect(ann.page.get_by_role("heading", name="Here when last connected")).to_be_visible()
    colours = """() => ["#here li", "#state"].map((each) =>
      getComputedStyle(document.querySelector(each), "::before").backgroundColor)"""
    green = "rgb(21, 128, 61)"
    assert green not in await ann.page.evaluate(colours)
    network.up = True
    await ann.come_back()
    await expect(ann.page.get_by_role("heading", name="Here now")).to_be_visible()
    assert await ann.page.evaluate(colours) == [green, green]
