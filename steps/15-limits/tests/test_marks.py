import browsing
import pytest
from browsing import *  # noqa: F403
from browsing import expect, message_of, shows
from channels.db import database_sync_to_async
from conftest import frame_with, make_room
from django.apps import apps
from test_browser import LONG
from test_delivery import is_acknowledged, next_of, write
from test_presence import is_welcomed
from test_rooms import add_member, user_called


async def sends(visitor, text):
    """Say something, and return its number."""
    frame = frame_with(text)
    await visitor.send_json_to(frame)
    return await is_acknowledged(visitor, frame["client_id"])


@database_sync_to_async
def read_mark_of(room, name):
    """Return how far somebody has read a room, or None if they have no membership."""
    memberships = apps.get_model("chat_app", "Membership").objects
    found = memberships.filter(room__name=room, user__username=name).values_list("seen", flat=True)
    return found.first()


async def test_the_others_are_told_how_far_somebody_has_read(enter, room):
    ann, bob = await enter(room), await enter(room)
    for number in (1, 2):
        await sends(ann, f"number {number}.")
    await bob.send_json_to({"type": "seen", "seq": 2})
    frame = await next_of(ann, "seen")
    assert frame == {"type": "seen", "user": "Bob", "seq": 2}, f"Ann received {frame}"
    assert await read_mark_of(room, "Bob") == 2, "Bob's read mark is not stored"


async def test_a_read_mark_only_rises_and_never_above_the_head(enter, room):
    ann, bob = await enter(room), await enter(room)
    for number in (1, 2, 3):
        await sends(ann, f"number {number}.")
    for seq in (2, 1, 2, 4, 10**15, 3):
        await bob.send_json_to({"type": "seen", "seq": seq})
    marks = [(await next_of(ann, "seen")).get("seq") for _ in range(2)]
    assert marks == [2, 3], f"Bob's read mark went to {marks}"


@pytest.mark.parametrize("seq", [None, "1", -1, 10**30, 1.5])
async def test_a_bad_read_mark_is_answered_in_words_and_changes_nothing(enter, room, seq):
    ann, bob = await enter(room), await enter(room)
    await sends(ann, "number 1.")
    await bob.send_json_to({"type": "seen", "seq": seq})
    assert (await next_of(bob, "error"))["type"] == "error"
    await bob.send_json_to({"type": "seen", "seq": 1})
    frame = await next_of(ann, "seen")
    assert frame.get("seq") == 1, f"after a bad read mark, Ann received {frame}"


async def test_the_welcome_says_how_far_others_have_read(enter, room):
    ann, bob = await enter(room, name="Ann"), await enter(room, name="Bob")
    await sends(ann, "number 1.")
    for visitor, other, seq in ((bob, ann, 1), (ann, bob, 2)):
        await visitor.send_json_to({"type": "seen", "seq": seq})
        await next_of(other, "seen")
        await sends(ann, "another one")
    phone, cem = await enter(room, name="Ann"), await enter(room, name="Cem")
    await cem.send_json_to({"type": "seen", "seq": 3})
    await next_of(cem, "seen")
    assert (await is_welcomed(phone)).get("others_seen") == 1, (
        "Bob has read number 1, but Ann has not"
    )
    laptop = await enter(room, name="Ann")
    assert (await is_welcomed(laptop)).get("others_seen") == 3, "Cem has read number 3"


async def test_a_read_mark_makes_nobody_a_member(enter, room):
    owner = await database_sync_to_async(user_called)("Ann")
    private = f"private-{room}"
    await database_sync_to_async(make_room)(private, private=True, owner=owner)
    for name in ("Ann", "Bob"):
        await database_sync_to_async(add_member)(private, name)
    ann, bob = await enter(private), await enter(private)
    await sends(ann, "number 1.")
    await bob.send_json_to({"type": "seen", "seq": 1})
    await next_of(ann, "seen")
    memberships = apps.get_model("chat_app", "Membership").objects
    removal = memberships.filter(room__name=private, user__username="Bob").delete
    await database_sync_to_async(removal)()
    await sends(ann, "number 2.")
    await bob.send_json_to({"type": "seen", "seq": 2})
    await bob.leave()  # which is handled after what was sent before
    assert await read_mark_of(private, "Bob") is None, "Bob was removed, but is a member again"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_message_says_once_somebody_else_has_seen_it(open_room):
    ann = await open_room("Ann")
    await write(ann, "are you there?")
    line = ann.get_by_role("listitem").filter(has_text="are you there?")
    await expect(line, "a message does not say that it is saved").to_contain_text("Saved")
    await open_room("Bob")
    await expect(line, "a message does not say that it was seen").to_contain_text("Seen")
    await ann.reload()
    line = ann.get_by_role("listitem").filter(has_text="are you there?")
    complaint = "after a reload, a message does not say that it was seen"
    await expect(line, complaint).to_contain_text("Seen")


@pytest.mark.asyncio(loop_scope="session")
async def test_what_comes_while_the_reader_has_scrolled_back_is_not_seen_yet(
    open_page, open_room, site, room
):
    ann, bob = await open_room("Ann"), await open_page("Bob")
    await bob.set_viewport_size({"width": 600, "height": 400})
    await bob.clock.install()
    await bob.goto(f"{site}/chat/{room}/")
    await browsing.says_that_it_is_connected(bob)
    for number in ("one", "two", "three"):
        await write(ann, f"{LONG} number {number}")
        await shows(bob, f"number {number}", "a message does not arrive")
    line = ann.get_by_role("listitem").filter(has_text="number three")
    await bob.clock.run_for(60_000)
    await expect(line, "a message does not say that it was seen").to_contain_text("Seen")
    await bob.get_by_role("log").hover()
    await bob.mouse.wheel(0, -20_000)
    await expect(bob.get_by_text("number three")).not_to_be_in_viewport()
    await bob.clock.run_for(60_000)  # a report that waits for a moment is sent now
    await write(ann, "number four")
    await shows(bob, "number four", "a message does not arrive")
    await bob.clock.run_for(60_000)
    await message_of(bob).press_sequentially("n")
    await expect(ann.get_by_text("typing")).to_be_visible()  # so a report would be here, too
    line = ann.get_by_role("listitem").filter(has_text="number four")
    complaint = "Bob has scrolled back, and a message that he has not looked at counts as seen"
    await expect(line, complaint).not_to_contain_text("Seen")
    await bob.get_by_role("log").hover()
    await bob.mouse.wheel(0, 20_000)
    await expect(bob.get_by_text("number four")).to_be_in_viewport()
    await bob.clock.run_for(60_000)
    complaint = "Bob is back at the end, and the message does not count as seen"
    await expect(line, complaint).to_contain_text("Seen")
