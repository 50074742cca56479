"""Unread messages: where a room opens, what counts as read, and the unread counts."""

import asyncio
import json
import re

import patience
import pytest
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


# A page that receives nothing for 30 seconds asks for news; here, it asks sooner.
WITHOUT_SILENCE = """{
  const { setTimeout } = window;
  window.setTimeout = (act, wait) => (wait === 30_000 ? 0 : setTimeout(act, wait));
}"""


async def leave_with_unread(ann, bob, room, count):
    """Let Bob read a message and leave, and then Ann write `count` more."""
    await ann.make(room)
    await bob.enter(room)
    await ann.write("read by Bob")
    await expect(ann.page.locator("#log [data-state='Seen']")).to_have_count(1)
    await bob.page.goto(bob.site.url)
    bob.site.fill(room, ann.name, [f"message {number}" for number in range(1, count + 1)])


async def expect_unread_in_list(person, room, number):
    """Wait until the list of rooms shows this number next to the room."""
    await person.page.goto(person.site.url)
    link = person.page.get_by_role("link", name=room)
    if number:
        await expect(link).to_have_text(re.compile(rf"^\s*{room}\s*{number} unread\s*$"))
    else:
        await expect(link).not_to_contain_text("unread")


async def test_501_unread_messages_open_at_the_first_of_them(person, room):
    ann, bob = await person(), await person()
    await leave_with_unread(ann, bob, room, 501)
    await bob.enter(room)
    first = bob.page.locator("#log li:has(.new)")
    await expect(first.locator("p[dir]")).to_have_text(["message 1"])
    await expect(first).to_be_in_viewport()
    await expect(bob.page.get_by_role("heading", name="New", exact=True)).to_be_in_viewport()
    await expect(bob.page.get_by_role("button", name="New messages")).to_be_visible()
    await expect(bob.page).to_have_title(re.compile(r"^\(4\d\d\) "))
    seen = await bob.page.evaluate(
        """() => {
          const { bottom } = document.getElementById("log").getBoundingClientRect();
          const lines = [...document.querySelectorAll("#log li")];
          const isSeen = (line) => line.getBoundingClientRect().bottom <= bottom + 1;
          return Number(lines.findLast(isSeen).dataset.seq);
        }"""
    )
    await expect(bob.page).to_have_title(f"({502 - seen}) {room} · Chat")
    await expect_unread_in_list(bob, room, 502 - seen)


async def test_the_read_mark_is_reported_when_the_page_is_left(person, room):
    ann, bob = await person(), await person()
    await leave_with_unread(ann, bob, room, 3)
    await bob.page.add_init_script(
        "const { setTimeout } = window;"
        "window.setTimeout = (act, wait) => (wait === 300 ? 0 : setTimeout(act, wait));"
    )  # the page never gets to report while it's open
    await bob.enter(room)
    await expect(bob.page).to_have_title(f"{room} · Chat")
    await expect_unread_in_list(bob, room, 0)


async def test_reading_on_loads_all_unread_messages_in_order(person, room):
    ann, bob = await person(), await person()
    await leave_with_unread(ann, bob, room, 301)
    await bob.enter(room)
    await ann.write("written meanwhile")
    last = bob.messages.filter(has_text="written meanwhile")
    while not await last.count():
        shown = await bob.messages.count()
        await bob.page.locator("#log").evaluate("(log) => log.scrollTo(0, log.scrollHeight)")
        await bob.page.wait_for_function(
            "(shown) => document.querySelectorAll('#log li p[dir]').length > shown", arg=shown
        )
    texts = [f"message {number}" for number in range(1, 302)]
    await expect(bob.messages).to_have_text(["read by Bob", *texts, "written meanwhile"])
    live = bob.page.get_by_role("log").locator("li p[dir]")
    await expect(live).to_have_text(["written meanwhile"])
    await bob.page.locator("#log").evaluate("(log) => log.scrollTo(0, log.scrollHeight)")
    await expect(bob.page.get_by_role("button", name="New messages")).to_be_hidden()
    await expect(bob.page).to_have_title(re.compile(r"^room-"))


async def test_a_button_jumps_over_the_unread_messages_to_the_newest(person, room):
    ann, bob = await person(), await person()
    await leave_with_unread(ann, bob, room, 501)
    await bob.enter(room)
    button = bob.page.get_by_role("button", name="New messages")
    await button.click()
    await expect(bob.messages.last).to_have_text("message 501")
    await expect(bob.messages.last).to_be_in_viewport()
    await expect(button).to_be_hidden()
    await expect(ann.page.locator("#log [data-state='Seen']").last).to_be_visible()
    await ann.write("and one more")
    await expect(bob.messages.last).to_have_text("and one more")
    await expect(bob.messages.last).to_be_in_viewport()


async def test_after_a_jump_messages_arrive_even_if_the_server_stopped_pushing(
    person, room, network
):
    ann, bob = await person(), await person()
    await leave_with_unread(ann, bob, room, 60)
    is_behind = asyncio.Event()

    def watch(frame, to_server):
        if json.loads(frame)["type"] == "behind":
            is_behind.set()

    network.loses = watch
    await network.stand_between(bob.page)
    await bob.page.add_init_script(WITHOUT_SILENCE)
    await bob.enter(room)
    bob.site.fill(room, ann.name, [f"meanwhile {number}" for number in range(1, 451)])
    await ann.write("the last of many")
    await asyncio.wait_for(is_behind.wait(), patience.SECONDS)
    await bob.page.get_by_role("button", name="New messages").click()
    await expect(bob.messages.last).to_have_text("the last of many")
    await ann.write("and one more")
    await expect(bob.messages.last).to_have_text("and one more")


async def test_a_jump_over_the_second_edit_of_a_message_still_shows_it(person, room):
    ann, bob = await person(), await person()
    await bob.make(room)
    bob.site.store(
        room,
        [(bob.name, text, None) for text in ["draft one"] + 59 * ["read"]],
        [(ann.name, "unread", None)] * 60,
        [(bob.name, "draft two", 1), *[(ann.name, "unread", None)] * 250],
        [(bob.name, "draft three", 1), *[(ann.name, "newest", None)] * 10],
    )
    await bob.enter(room)
    log = bob.page.locator("#log")
    await log.evaluate("(log) => log.scrollTo(0, log.scrollHeight)")
    await expect(bob.page.locator("#log li[data-seq='300']")).to_be_attached()
    await bob.page.get_by_role("button", name="New messages").click()
    await expect(bob.messages.last).to_have_text("newest")
    first = bob.page.locator("#log li[data-seq='1']")
    while not await first.count():
        shown = await bob.messages.count()
        await log.evaluate("(log) => log.scrollTo(0, 0)")
        await bob.page.wait_for_function(
            "(shown) => document.querySelectorAll('#log li p[dir]').length > shown", arg=shown
        )
    await expect(first.locator("p[dir]")).to_have_text("draft three")


async def test_replying_jumps_to_the_end_of_a_long_unread_room(person, room):
    ann, bob = await person(), await person()
    await leave_with_unread(ann, bob, room, 120)
    await bob.enter(room)
    await bob.write("an answer")
    await expect(bob.messages.last).to_have_text("an answer")
    await expect(bob.page.locator("#log [data-state]").last).to_have_attribute(
        "data-state", re.compile("Saved|Seen")
    )
    await expect(bob.page.get_by_text("message 119", exact=True)).to_be_attached()
    texts = await bob.messages.all_text_contents()
    assert texts[-3:] == ["message 119", "message 120", "an answer"]


async def test_a_few_unread_messages_open_at_the_end(person, room):
    ann, bob = await person(), await person()
    await leave_with_unread(ann, bob, room, 3)
    await bob.enter(room)
    await expect(bob.page.locator("#log li:has(.new) p[dir]")).to_have_text(["message 1"])
    await expect(bob.messages.last).to_be_in_viewport()
    await expect(bob.page.get_by_role("button", name="New messages")).to_be_hidden()
    await expect(bob.page).to_have_title(re.compile(r"^room-"))


async def test_unread_counts_in_the_list_and_the_title_are_live(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    bob_other = await bob.context.new_page()
    await bob_other.goto(bob.site.url)
    await bob.make(f"{room}-2")
    await ann.write("do you hear me over there?")
    beside = bob.page.locator("#side").get_by_role("link", name=re.compile(f"^{room} "))
    await expect(beside).to_contain_text("1 unread")
    listed = bob_other.get_by_role("link", name=re.compile(f"^{room} "))
    await expect(listed).to_contain_text("1 unread")
    await expect(bob_other).to_have_title("(1) Chat")


async def test_a_hidden_tab_counts_what_arrives_and_marks_nothing_as_read(person, room):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    await bob.page.evaluate(
        """() => {
          const get = () => window.isHidden ?? true;
          Object.defineProperty(document, "hidden", { get });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    await ann.write("one")
    await ann.write("two")
    await expect(bob.page).to_have_title(f"(2) {room} · Chat")
    await expect(ann.page.locator("#log [data-state='Seen']")).to_have_count(0)
    await bob.page.evaluate(
        "window.isHidden = false; document.dispatchEvent(new Event('visibilitychange'))"
    )
    await expect(bob.page).to_have_title(f"{room} · Chat")
    await expect(ann.page.locator("#log [data-state='Seen']")).to_have_count(2)


async def test_ones_own_message_is_never_unread_even_if_the_tab_closes_at_once(person, room):
    ann = await person()
    await ann.make(room)
    await ann.write("and away")
    await expect_unread_in_list(ann, room, 0)
