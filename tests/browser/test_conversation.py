"""People in a room: messages, presence, typing and read marks."""

import json
import re
import time

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_people_chat_and_see_who_wrote_what(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    await ann.write("hello <b>Bob</b>")
    await bob.write("hello yourself")
    for one, other in ((ann, bob), (bob, ann)):
        await expect(one.messages).to_have_text(["hello <b>Bob</b>", "hello yourself"])
        await expect(one.page.locator("#log li.own bdi")).to_have_text("You")
        await expect(one.page.locator("#log li:not(.own) bdi")).to_have_text(other.name)
    assert await ann.page.locator("#log time").first.get_attribute("datetime")


@pytest.mark.slow
async def test_the_room_list_shows_unread_counts(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    await bob.page.goto(bob.site.url)
    await ann.write("one")
    await ann.write("two")
    await expect(ann.stored).to_have_count(2)
    await bob.page.reload()
    link = bob.page.get_by_role("link", name=room)
    await expect(link).to_contain_text("2 unread")
    await link.click()
    await expect(ann.page.locator("#log li[data-state='Seen']")).to_have_count(2)
    await bob.page.goto(bob.site.url)
    await expect(bob.page.get_by_role("link", name=room)).to_have_text(room)


@pytest.mark.slow
async def test_typing_and_presence_come_and_go(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    here = ann.page.locator("#here li")
    await expect(here).to_have_text([ann.name])
    await bob.enter(room)
    await expect(here).to_have_text(sorted([ann.name, bob.name]))
    await bob.page.get_by_label("Message", exact=True).press_sequentially("hm")
    await expect(ann.page.locator("#typing")).to_have_text(f"{bob.name} is typing…")
    await expect(ann.page.locator("#typing")).to_have_text("")
    await bob.page.close()
    await expect(here).to_have_text([ann.name])


@pytest.mark.slow
async def test_typing_is_sent_at_most_once_a_second(person, room, network):
    ann = await person()
    await network.stand_between(ann.page)
    await ann.make(room)
    sent = []
    network.loses = lambda frame, to_server: sent.append(json.loads(frame)["type"])
    began = time.monotonic()
    await ann.page.get_by_label("Message", exact=True).press_sequentially("x" * 60, delay=20)
    assert 1 <= sent.count("typing") <= time.monotonic() - began + 1


@pytest.mark.slow
async def test_ones_own_message_is_sending_then_saved_then_seen(person, room, network):
    ann, bob = await person(), await person()
    await network.stand_between(ann.page)
    await ann.make(room)
    held = []

    def hold(frame, to_server):
        if to_server and json.loads(frame)["type"] == "message":
            held.append(frame)
            return True

    network.loses = hold
    await ann.write("how far is it?")
    state = ann.page.locator("#log li small span")
    await expect(state).to_have_text("Sending")
    network.loses = lambda frame, to_server: False
    await network.sockets[-1].close()
    await ann.come_back()
    await expect(state).to_have_text("Saved")
    await bob.enter(room)
    await expect(state).to_have_text("Seen")
    assert held


@pytest.mark.slow
async def test_messages_in_quick_succession_are_grouped_under_one_name(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    for text in ("one", "two"):
        await ann.write(text)
    await expect(bob.stored).to_have_count(2)
    await bob.write("three")
    await expect(bob.stored).to_have_count(3)
    lines = bob.page.locator("#log li")
    grouped = re.compile(r"\bgrouped\b")
    await expect(lines.nth(0)).not_to_have_class(grouped)
    await expect(lines.nth(0)).to_have_attribute("data-day", re.compile("."))
    await expect(lines.nth(1)).to_have_class(grouped)
    await expect(lines.nth(2)).not_to_have_class(grouped)


@pytest.mark.slow
async def test_a_removed_member_is_told_and_cannot_write(person, room):
    ann, bob = await person(), await person()
    room = await ann.make(room, private=True)
    await ann.page.goto(f"{ann.page.url}members/")
    await ann.page.get_by_label("Username").fill(bob.name)
    await ann.page.get_by_role("button", name="Add").click()
    await expect(ann.page.get_by_role("status")).to_contain_text("added")
    await bob.enter(room)
    await ann.page.get_by_role("button", name=f"Remove {bob.name}").click()
    await expect(bob.page.locator("#notice")).to_contain_text("not open to you")
    await expect(bob.page.get_by_label("Message", exact=True)).to_be_hidden()


@pytest.mark.slow
async def test_a_logout_in_another_tab_closes_the_room(person, room):
    ann = await person()
    await ann.make(room)
    in_room, other = ann.page, await ann.context.new_page()
    await other.goto(ann.site.url)
    await other.get_by_role("button", name="Log out").click()
    await expect(other.get_by_role("link", name="Sign up")).to_be_visible()
    await expect(in_room.locator("#notice")).to_contain_text("You’ve been logged out")

    await ann.write("written while logged out")
    await in_room.get_by_role("link", name="Log in").click()
    await in_room.get_by_label("Username").fill(ann.name)
    await in_room.get_by_label("Password").fill("correct horse battery")
    await in_room.get_by_role("button", name="Log in").click()
    await expect(ann.stored).to_have_text(["written while logged out"])
