import json
import re

import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect, message_of, says_that_it_is_connected
from channels.db import database_sync_to_async
from conftest import frame_with, make_room
from django.apps import apps
from django.test import Client
from test_delivery import Network, is_acknowledged, next_of, open_through, write

BAD_CHANGES = {
    "an edit without a number": {"type": "edit", "message": "hello"},
    "an edit of a text": {"type": "edit", "seq": "1", "message": "hello"},
    "an edit without a text": {"type": "edit", "seq": 1},
    "an edit to nothing": {"type": "edit", "seq": 1, "message": " "},
    "an edit that is too long": {"type": "edit", "seq": 1, "message": "a" * 1001},
    "a deletion without a number": {"type": "delete"},
    "a deletion of -1": {"type": "delete", "seq": -1},
}


def edit_of(seq, text):
    return {**frame_with(text), "type": "edit", "seq": seq}


def deletion_of(seq):
    frame = frame_with("")
    return {"type": "delete", "client_id": frame["client_id"], "seq": seq}


async def send(visitor, frame):
    """Send a message or a change, and return its number once it is acknowledged."""
    await visitor.send_json_to(frame)
    return await is_acknowledged(visitor, frame["client_id"])


async def is_refused(visitor, frame):
    """Check that the reply to a change is an error about it."""
    await visitor.send_json_to(frame)
    answer = await next_of(visitor, "ack")
    says = f"{visitor.name} sent {frame} and received {answer}"
    assert answer["type"] == "error", f"{says}, not an error"
    assert answer.get("ref") == frame["client_id"], f"{says}, without its client_id as ref"


async def changed(visitor, kind):
    """Return the change that a visitor receives. Skip the messages before it."""
    while True:
        frame = await next_of(visitor, "messages")
        assert frame["type"] == "messages", f"{visitor.name} received {frame}"
        for item in frame["messages"]:
            if kind in item:
                return item


@database_sync_to_async
def texts_in(room):
    """Return every text that the database has for a room, in the order of their numbers."""
    rows = apps.get_model("chat_app", "Message").objects.filter(room__name=room).order_by("seq")
    return list(rows.values_list("text", flat=True))


@pytest.fixture
def garden(room, cookies):
    """The name of a public room that Cem has created."""
    cem = apps.get_model("chat_app", "User").objects.get(username="Cem")
    return make_room(f"garden-{room}", owner=cem)


async def test_an_edit_reaches_everybody_as_the_next_number(enter, room):
    ann, bob = await enter(room), await enter(room)
    await send(ann, frame_with("helo"))
    assert await send(ann, edit_of(1, "hello")) == 2, "an edit does not take its room's next number"
    for visitor in (ann, bob):
        change = await changed(visitor, "edits")
        wanted = {"seq": 2, "edits": 1, "message": "hello", "author": "Ann"}
        assert {**change, **wanted} == change, f"{visitor.name} received the edit as {change}"


async def test_a_deletion_reaches_everybody_as_the_next_number(enter, room):
    ann, bob = await enter(room), await enter(room)
    await send(ann, frame_with("wrong room"))
    assert await send(ann, deletion_of(1)) == 2, "a deletion does not take its room's next number"
    for visitor in (ann, bob):
        change = await changed(visitor, "deletes")
        wanted = {"seq": 2, "deletes": 1, "author": "Ann"}
        assert {**change, **wanted} == change, f"{visitor.name} received the deletion as {change}"


async def test_a_change_that_is_sent_again_is_stored_once(enter, room):
    ann, edit, deletion = await enter(room), edit_of(1, "hello"), deletion_of(1)
    await send(ann, frame_with("helo"))
    seqs = [await send(ann, frame) for frame in (edit, edit, deletion, deletion)]
    assert seqs == [2, 2, 3, 3], f"changes that were sent twice were acknowledged as number {seqs}"


async def test_a_message_that_was_edited_meanwhile_can_be_sent_again(enter, room):
    ann, message = await enter(room), frame_with("helo")
    await send(ann, message)
    await send(ann, edit_of(1, "hello"))
    assert await send(ann, message) == 1, (
        "an edited message is not recognized when it is sent again"
    )
    assert await texts_in(room) == ["hello", "hello"], (
        "sending an edited message again undoes its edit"
    )


async def test_sync_brings_changes_too(enter, room):
    ann, bob = await enter(room), await enter(room)
    await send(ann, frame_with("helo"))
    await send(ann, edit_of(1, "hello"))
    await send(ann, deletion_of(1))
    await bob.send_json_to({"type": "sync", "after": 1})
    changes = (await next_of(bob, "synced"))["messages"]
    kinds = [(change.get("edits"), change.get("deletes")) for change in changes]
    assert kinds == [(1, None), (None, 1)], f"sync returned {changes}"


async def test_the_text_of_a_deleted_message_is_gone(enter, room):
    ann = await enter(room)
    await send(ann, frame_with("my secrte"))
    await send(ann, edit_of(1, "my secret"))
    await send(ann, deletion_of(1))
    assert not any(await texts_in(room)), "the database still contains what was deleted"


async def test_the_history_shows_messages_as_they_are_now(enter, cookies, room):
    ann = await enter(room)
    for number in range(1, 4):
        await send(ann, frame_with(f"number {number}."))
    await send(ann, edit_of(1, "number one."))
    await send(ann, deletion_of(2))
    browser = Client()  # the fixture `client` would keep the database locked
    browser.cookies.load(cookies["Ann"])
    page = await database_sync_to_async(browser.get)(f"/chat/{room}/messages/")
    shown = page.json()["messages"]
    numbers = [message["seq"] for message in shown]
    assert numbers == [1, 2, 3], f"the history shows the numbers {numbers}"
    first, second, third = shown
    assert first["message"] == "number one." and first.get("edited") is True, f"it says {first}"
    assert not second["message"] and second.get("deleted") is True, f"it says {second}"
    assert "edited" not in third and "deleted" not in third, f"an unchanged message is {third}"


async def test_only_the_author_edits_a_message(enter, room):
    ann, bob = await enter(room), await enter(room)
    await send(ann, frame_with("hello"))
    await is_refused(bob, edit_of(1, "something else"))
    await is_refused(bob, deletion_of(1))
    assert await texts_in(room) == ["hello"], "Bob has changed what Ann wrote"


async def test_the_owner_of_a_room_deletes_any_message_and_edits_none(enter, garden):
    ann, cem = await enter(garden, name="Ann"), await enter(garden, name="Cem")
    await send(ann, frame_with("hello"))
    await is_refused(cem, edit_of(1, "something else"))
    assert await send(cem, deletion_of(1)) == 2, "the owner of a room cannot delete a message"
    assert not any(await texts_in(garden)), "the database still contains what was deleted"


async def test_only_a_message_of_this_room_that_is_there_can_be_changed(enter, room):
    ann, elsewhere = await enter(room, name="Ann"), await enter(f"{room}-2", name="Ann")
    await send(ann, frame_with("helo"))
    await send(ann, edit_of(1, "hello"))
    await is_refused(ann, edit_of(2, "an edit of an edit"))
    await is_refused(ann, edit_of(9, "no message"))
    await is_refused(elsewhere, edit_of(1, "a message of another room"))
    await send(ann, deletion_of(1))
    await is_refused(ann, edit_of(1, "back again"))
    await is_refused(ann, deletion_of(1))


@pytest.mark.parametrize("fields", BAD_CHANGES.values(), ids=BAD_CHANGES)
async def test_a_bad_change_is_answered_with_an_error_about_it(enter, room, fields):
    ann = await enter(room)
    frame = frame_with("hello")
    await ann.send_json_to(frame)
    await is_acknowledged(ann, frame["client_id"])
    bad = {"client_id": frame_with("")["client_id"], **fields}
    await ann.send_to(text_data=json.dumps(bad))
    answer = await next_of(ann, "error")
    assert answer.get("ref") == bad["client_id"], f"{bad} was answered with {answer}"


def line_with(page, text):
    return page.get_by_role("listitem").filter(has_text=text)


async def say_and_wait(page, text):
    """Write a message, and wait until it is stored and can be edited."""
    await write(page, text)
    button = line_with(page, text).get_by_role("button", name="Edit")
    await expect(button, "the message is not stored, or has no Edit button").to_be_visible()


async def press(page, text, name):
    """Press a button on the message with this text."""
    await line_with(page, text).get_by_role("button", name=name).click()


@pytest.mark.asyncio(loop_scope="session")
async def test_an_edited_message_changes_where_it_stands(open_room):
    ann, bob = await open_room("Ann"), await open_room("Bob")
    await say_and_wait(ann, "helo Bob")
    await say_and_wait(ann, "how are you?")
    await press(ann, "helo Bob", "Edit")
    await expect(
        message_of(ann), "the Edit button does not put the text into the field"
    ).to_have_value("helo Bob")
    await write(ann, "hello Bob")
    for page, name in ((ann, "Ann"), (bob, "Bob")):
        line = line_with(page, "hello Bob")
        await expect(line, f"{name}'s window does not show the new text").to_have_count(1)
        await expect(line, "it does not say that it was edited").to_contain_text("edited")
        lines = page.get_by_role("listitem")
        await expect(
            lines, "the edit has a separate line, or is in a different place"
        ).to_have_text([line_text("hello Bob"), line_text("how are you?")])


def line_text(text):
    """The text of the line that shows a message."""
    return re.compile(re.escape(text))


@pytest.mark.asyncio(loop_scope="session")
async def test_escape_ends_an_edit(open_room):
    ann = await open_room("Ann")
    await say_and_wait(ann, "leave me alone")
    await message_of(ann).fill("half a thought")
    await press(ann, "leave me alone", "Edit")
    await message_of(ann).press("Escape")
    complaint = "what was in the field before the edit is lost"
    await expect(message_of(ann), complaint).to_have_value("half a thought")
    await write(ann, "a new one")
    await expect(line_with(ann, "a new one"), "the Escape key does not end the edit").to_have_count(
        1
    )
    await expect(line_with(ann, "leave me alone"), "the message has changed").to_have_count(1)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_deleted_message_disappears_everywhere(open_room):
    ann, bob = await open_room("Ann"), await open_room("Bob")
    await say_and_wait(ann, "wrong room")
    await expect(bob.get_by_text("wrong room"), "Bob does not see a message").to_be_visible()
    buttons = line_with(bob, "wrong room").get_by_role("button")
    await expect(buttons, "Bob may change what Ann wrote").to_have_count(0)
    await press(ann, "wrong room", "Delete")
    for page, name in ((ann, "Ann"), (bob, "Bob")):
        complaint = f"{name}'s window still shows what was deleted"
        await expect(page.get_by_text("wrong room"), complaint).to_have_count(0)
        await expect(
            page.get_by_text("deleted"), "the page does not say that it was deleted"
        ).to_be_visible()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_was_offline_shows_what_was_edited_meanwhile(
    open_page, open_room, site, room
):
    page, network = await open_page("Bob"), Network()
    ann = await open_room("Ann")
    await open_through(network, page, f"{site}/chat/{room}/")
    await say_and_wait(ann, "helo Bob")
    await expect(page.get_by_text("helo Bob"), "Bob does not see a message").to_be_visible()
    await network.go_down()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    await press(ann, "helo Bob", "Edit")
    await write(ann, "hello Bob")
    await expect(line_with(ann, "hello Bob"), "an edit is not shown").to_have_count(1)
    await network.come_back(page)
    complaint = "the page does not show what was edited while it was offline"
    await expect(line_with(page, "hello Bob"), complaint).to_have_count(1)


@pytest.mark.asyncio(loop_scope="session")
async def test_an_edit_that_is_made_offline_is_sent_later(open_page, open_room, site, room):
    page, network = await open_page("Bob"), Network()
    await open_through(network, page, f"{site}/chat/{room}/")
    await say_and_wait(page, "helo Ann")
    await network.go_down()
    await press(page, "helo Ann", "Edit")
    await write(page, "hello Ann")
    await page.reload()
    await network.come_back(page)
    await says_that_it_is_connected(page)
    ann = await open_room("Ann")
    for window in (page, ann):
        complaint = "an edit that was made offline is never sent"
        await expect(line_with(window, "hello Ann"), complaint).to_have_count(1)
        await expect(window.get_by_text("helo Ann"), complaint).to_have_count(0)
