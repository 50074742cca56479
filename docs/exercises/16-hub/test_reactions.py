import re

import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect
from channels.db import database_sync_to_async
from conftest import frame_with
from django.test import Client
from test_delivery import Network, next_of, open_through
from test_edits import (
    changed,
    deletion_of,
    edit_of,
    is_refused,
    line_with,
    say_and_wait,
    send,
    texts_in,
)


def reaction_to(seq, reaction="👍"):
    return {**frame_with(reaction), "type": "react", "seq": seq}


async def first_in_history(room, cookies):
    """Return the first message as a page gets it that opens the room now."""
    browser = Client()
    browser.cookies.load(cookies["Ann"])
    page = await database_sync_to_async(browser.get)(f"/chat/{room}/messages/")
    [message, *_] = page.json()["messages"]
    return message


async def test_a_reaction_reaches_everybody_as_the_next_number(enter, room):
    ann, bob = await enter(room), await enter(room)
    await send(ann, frame_with("cake at four"))
    assert await send(bob, reaction_to(1)) == 2, "a reaction is not the next number of its room"
    for visitor in (ann, bob):
        reaction = await changed(visitor, "reacts")
        wanted = {"seq": 2, "reacts": 1, "message": "👍", "author": "Bob"}
        assert {**reaction, **wanted} == reaction, f"{visitor.name} received it as {reaction}"


async def test_sync_brings_reactions_too(enter, room):
    ann, bob = await enter(room), await enter(room)
    await send(ann, frame_with("cake at four"))
    await send(ann, reaction_to(1))
    await bob.send_json_to({"type": "sync", "after": 1})
    messages = (await next_of(bob, "synced"))["messages"]
    assert [message.get("reacts") for message in messages] == [1], f"sync brought {messages}"


async def test_the_history_shows_the_latest_reaction_of_each_user(enter, room, cookies):
    ann, bob, cem = [await enter(room) for _ in range(3)]
    await send(ann, frame_with("cake at four"))
    for visitor, reaction in ((bob, "👍"), (cem, "👍"), (cem, ""), (bob, "👍")):
        await send(visitor, reaction_to(1, reaction))
    await send(ann, edit_of(1, "cake at five"))
    message = await first_in_history(room, cookies)
    assert message.get("reactions") == {"Bob": "👍"}, f"the history shows {message}"


async def test_only_a_known_reaction_to_a_message_that_is_there_is_stored(enter, room):
    ann = await enter(room)
    await send(ann, frame_with("cake at four"))
    for reaction in ("no thanks", "👍👍", " ", None, ["👍"]):
        await is_refused(ann, reaction_to(1, reaction))
    await is_refused(ann, reaction_to(2))
    assert await texts_in(room) == ["cake at four"]


async def test_a_deletion_takes_the_reactions_along(enter, room, cookies):
    ann, bob = await enter(room), await enter(room)
    await send(ann, frame_with("cake at four"))
    await send(bob, reaction_to(1))
    await send(ann, deletion_of(1))
    assert not any(await texts_in(room)), "the database still holds a reaction"
    assert not (await first_in_history(room, cookies)).get("reactions")
    await is_refused(bob, reaction_to(1))


def thumb_on(page):
    return line_with(page, "cake at four").get_by_role("checkbox", name="👍")


async def counts(page, number):
    """Wait until a page shows how many people like the message."""
    wanted = re.compile(rf"👍\s*{number}(?!\d)") if number else re.compile(r"👍(?!\s*\d)")
    complaint = f"the page does not show that {number} people have reacted"
    await expect(line_with(page, "cake at four"), complaint).to_contain_text(wanted)


@pytest.mark.asyncio(loop_scope="session")
async def test_every_page_counts_the_reactions(open_room):
    ann, bob = await open_room("Ann"), await open_room("Bob")
    await say_and_wait(ann, "cake at four")
    for page, number in ((bob, 1), (ann, 2)):
        await thumb_on(page).check()
        await counts(ann, number)
        await counts(bob, number)
    await bob.reload()
    await counts(bob, 2)
    await expect(thumb_on(bob), "after a reload, Bob's own reaction is gone").to_be_checked()
    await thumb_on(bob).uncheck()
    await counts(ann, 1)
    await thumb_on(ann).uncheck()
    await counts(bob, 0)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_was_offline_shows_the_reactions(open_page, open_room, site, room):
    page, network = await open_page("Bob"), Network()
    ann = await open_room("Ann")
    await open_through(network, page, f"{site}/chat/{room}/")
    await say_and_wait(ann, "cake at four")
    await expect(thumb_on(page), "Bob sees no checkbox 👍 on a message").to_be_visible()
    await network.go_down()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    await thumb_on(ann).check()
    await counts(ann, 1)
    await thumb_on(page).check()
    await network.come_back(page)
    await counts(page, 2)
    await counts(ann, 2)
