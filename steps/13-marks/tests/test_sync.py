import asyncio
import json
import re
import uuid

import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect
from channels.db import database_sync_to_async
from django.apps import apps
from django.utils import timezone
from test_delivery import Network, happens, next_of, open_through, shows_once, stored_in, write

MANY = 450
BAD_SYNCS = {
    "without a number": {},
    "after a text": {"after": "1"},
    "after -1": {"after": -1},
    "after 10**30": {"after": 10**30},
}


def fill(room, count):
    """Store numbered messages from Ann in a room, without telling anybody."""
    found = apps.get_model("chat_app", "Room").objects.get(name=room)
    ann = apps.get_model("chat_app", "User").objects.get(username="Ann")
    message, now = apps.get_model("chat_app", "Message"), timezone.now()
    seqs = range(found.head + 1, found.head + count + 1)
    rows = [message(room=found, seq=seq, author=ann, at=now) for seq in seqs]
    for row in rows:
        row.client_id = uuid.uuid4()
        row.text = f"number {row.seq}."
    message.objects.bulk_create(rows)
    found.head += count
    found.save()


async def synced_after(visitor, number):
    """Return the answer to a visitor who asks for the messages after a number."""
    await visitor.send_json_to({"type": "sync", "after": number})
    frame = await next_of(visitor, "synced")
    assert frame["type"] == "synced", f"a sync after {number} was answered with {frame}"
    return frame


async def test_sync_brings_what_comes_after_a_number(enter, room):
    await database_sync_to_async(fill)(room, 3)
    bob = await enter(room)
    for after, wanted in ((0, [1, 2, 3]), (2, [3]), (3, []), (7, [])):
        frame = await synced_after(bob, after)
        got = [message["seq"] for message in frame["messages"]]
        assert got == wanted, f"sync after {after} returned the numbers {got}, not {wanted}"
        assert frame["more"] is False, f"sync after {after} says that there is more"


async def test_a_long_gap_comes_in_several_frames(enter, room):
    await database_sync_to_async(fill)(room, MANY)
    bob = await enter(room)
    numbers, frame = [0], {"more": True}
    while frame["more"]:
        frame = await synced_after(bob, numbers[-1])
        page = [message["seq"] for message in frame["messages"]]
        assert 0 < len(page) < MANY, f"one frame of a sync contained {len(page)} messages"
        numbers += page
    assert numbers == list(range(MANY + 1)), "the frames of a sync skip something"


@pytest.mark.parametrize("fields", BAD_SYNCS.values(), ids=BAD_SYNCS)
async def test_a_sync_without_a_valid_number_is_answered_in_words(enter, room, fields):
    bob = await enter(room)
    await bob.send_json_to({"type": "sync", **fields})
    await bob.is_told_what_is_wrong()
    frame = await synced_after(bob, 0)
    assert frame["messages"] == [], f"a sync of an empty room returned {frame}"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_asks_for_what_it_missed(open_page, open_room, site, room):
    page, network = await open_page("Bob"), Network()
    await open_through(network, page, f"{site}/chat/{room}/")
    lost = asyncio.Event()

    def lose(frame):
        if "the lost one" in json.dumps(frame.get("messages", [])):
            lost.set()
        return lost.is_set()

    network.loses = lose
    ann = await open_room("Ann")
    await write(ann, "the lost one")
    await happens(lost, "the page was not sent what somebody else wrote")
    network.loses = lambda frame: False
    await write(ann, "the next one")
    await shows_once(page, "the lost one", "a gap in the numbers is not filled")
    await shows_once(page, "the next one", "the message after a gap is missing")
    both = page.get_by_role("log").get_by_text("one")
    await expect(both, "the gap is filled in the wrong place").to_have_text(
        ["the lost one", "the next one"]
    )


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_was_away_for_long_gets_all_that_it_missed(open_page, site, room):
    page, network = await open_page("Bob"), Network()
    await open_through(network, page, f"{site}/chat/{room}/")
    await write(page, "I leave now")
    await shows_once(page, "I leave now", "Enter does not send")
    await network.go_down()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    await database_sync_to_async(fill)(room, MANY)
    await network.come_back(page)
    shown = page.get_by_role("log").get_by_text(re.compile(r"I leave now|number \d+\."))
    texts = ["I leave now", *(f"number {seq}." for seq in range(2, MANY + 2))]
    complaint = "a page that was away does not show all messages once and in order"
    await expect(shown, complaint).to_have_text(texts)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_written_offline_survives_a_reload_and_is_sent_in_order(
    open_page, site, room
):
    page, network = await open_page("Bob"), Network()
    await open_through(network, page, f"{site}/chat/{room}/")
    await network.go_down()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    for text in ("first of all", "and then", "at last"):
        await write(page, text)
    await page.reload()
    complaint = "after a reload, what was written offline is gone"
    await expect(page.get_by_text("first of all"), complaint).to_be_visible()
    await network.come_back(page)
    for text in ("first of all", "and then", "at last"):
        await shows_once(page, text, "what was written offline is never sent")
    texts = [text for _, text in await stored_in(room)]
    assert texts == ["first of all", "and then", "at last"], f"the database contains {texts}"
