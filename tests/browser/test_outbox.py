"""Messages stay in the browser until the server has them, whatever happens to the tab."""

import asyncio
import json

import pytest
from people import outbox_arrives
from playwright.async_api import expect

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("lost_on_the_way", ["there", "back"])
async def test_a_tab_closed_before_the_ack_sends_its_message_exactly_once(
    person, room, network, lost_on_the_way
):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    tab = await ann.context.new_page()
    await network.stand_between(tab)
    ann.page, first_tab = tab, ann.page
    await first_tab.close()
    await ann.enter(room)
    lost = []

    def loses(frame, to_server):
        kind = json.loads(frame)["type"]
        doomed = kind == "message" if lost_on_the_way == "there" else kind in ("ack", "messages")
        if doomed and to_server == (lost_on_the_way == "there"):
            lost.append(kind)
            return True

    network.loses = loses
    await ann.write("the tab closes now")
    await expect(bob.stored).to_have_count(0 if lost_on_the_way == "there" else 1)
    await expect(tab.locator("#waiting [data-state='Sending']")).to_have_count(1)
    await tab.close()
    assert lost

    ann.page = await ann.context.new_page()
    await ann.enter(room)
    for one in (ann, bob):
        await expect(one.stored).to_have_text(["the tab closes now"])
        await expect(one.page.locator("#waiting li")).to_have_count(0)
    await bob.write("got it")
    for one in (ann, bob):
        await expect(one.messages).to_have_text(["the tab closes now", "got it"])
    await expect_an_empty_outbox(ann.page)


async def expect_an_empty_outbox(page):
    await page.wait_for_function(
        "!Object.keys(localStorage).some((key) => key.startsWith('outbox'))"
    )


async def test_two_tabs_share_an_outbox_without_duplicates(person, room, network):
    ann = await person()
    await ann.make(room)
    bob = await person()
    await bob.enter(room)
    first, second = ann.page, await ann.context.new_page()
    for tab in (first, second):
        await network.stand_between(tab)
        ann.page = tab
        await ann.enter(room)
    network.up = False
    for socket in network.sockets:
        await socket.close()
    for tab, text in ((first, "one"), (second, "two"), (first, "three")):
        ann.page = tab
        await ann.write(text)
    network.up = True
    for tab in (second, first):
        ann.page = tab
        await ann.come_back()
    for page in (first, second, bob.page):
        texts = page.locator("#log li p[dir]")
        await expect(texts).to_have_text(["one", "two", "three"])
    await expect_an_empty_outbox(first)


async def test_a_closed_tabs_message_is_sent_by_the_remaining_tab(person, room, network):
    ann, bob = await person(), await person()
    await ann.make(room)
    await bob.enter(room)
    left, gone = ann.page, await ann.context.new_page()
    await network.stand_between(gone)
    ann.page = gone
    await ann.enter(room)
    await network.go_down()
    await ann.write("I am closing this tab")
    await gone.close()
    await outbox_arrives(left)
    await left.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(bob.messages).to_have_text(["I am closing this tab"])
    await expect_an_empty_outbox(left)


async def test_a_refused_message_says_why_and_can_be_tried_again_or_discarded(
    person, room, network
):
    ann = await person()
    await network.stand_between(ann.page)
    await ann.make(room)

    def refuse(frame, to_server):
        frame = json.loads(frame)
        if to_server and frame["type"] == "message" and frame["message"] == "refuse me":
            error = {"code": "no_room", "detail": "Not now.", "ref": frame["client_id"]}
            network.sockets[-1].send(json.dumps({"type": "error", **error}))
            return True

    network.loses = refuse
    await ann.write("refuse me")
    await ann.write("take me")
    await expect(ann.stored).to_have_text(["take me"])
    refused = ann.page.locator("#waiting li")
    await expect(refused).to_contain_text("Not sent")
    await expect(refused).to_contain_text("Not now.")

    await ann.write("refuse me")
    await expect(refused.get_by_role("button", name="Discard")).to_have_count(2)
    await refused.last.get_by_role("button", name="Discard").click()
    await expect(refused).to_have_count(1)
    await expect(ann.page.get_by_label("Message", exact=True)).to_be_focused()
    network.loses = lambda frame, to_server: False
    await refused.get_by_role("button", name="Try again").click()
    await expect(ann.stored).to_have_text(["take me", "refuse me"])
    await expect_an_empty_outbox(ann.page)


async def test_writing_too_fast_means_waiting_but_losing_nothing(person, room, network):
    ann, bob = await person(), await person()
    await network.stand_between(ann.page)
    await ann.make(room)
    await bob.enter(room)
    texts = [f"quick {number}" for number in range(14)]
    for text in texts:
        await ann.write(text)
    for one in (ann, bob):
        await expect(one.stored).to_have_text(texts)
    assert len(network.sockets) == 1


async def test_the_next_users_page_never_sends_the_previous_users_outbox(person, room, network):
    ann = await person()
    await network.stand_between(ann.page)
    await ann.make(room)
    bob = await person()
    await network.go_down()
    await ann.write("this is Ann")
    await ann.context.clear_cookies()
    await ann.context.add_cookies(await bob.context.cookies())
    network.up = True
    await ann.page.evaluate("dispatchEvent(new Event('online'))")
    await expect(ann.page.locator(".account strong")).to_have_text(bob.name)
    await expect(ann.page.locator("#state")).to_have_text("Connected")
    await expect(ann.messages).to_have_count(0)
    await bob.enter(room)
    await bob.write("and this is Bob")
    await asyncio.wait_for(expect(bob.messages).to_have_text(["and this is Bob"]), 10)


async def test_a_damaged_item_in_the_outbox_does_not_block_others(person, room):
    ann = await person()
    name = await ann.make(room)
    await ann.page.evaluate(
        "(key) => localStorage.setItem(key, '{half')", f"outbox {ann.name} {name} damaged"
    )
    await ann.page.reload()
    await expect(ann.page.locator("#state")).to_have_text("Connected")
    await ann.write("sent all the same")
    await expect(ann.stored).to_have_text(["sent all the same"])
