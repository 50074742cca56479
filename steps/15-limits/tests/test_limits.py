import asyncio
import json
import re
import uuid

import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect, message_of, says_that_it_is_connected
from conftest import frame_with, log_in
from test_delivery import is_acknowledged, next_of, shows_once, stored_in, write
from test_presence import change_settings
from test_rights import ends, speaks

NEVER = 0.000_1  # per second: no test lasts until the next one
TOO_FAST = "You write faster than we can read."
BAD_IDS = {
    "in capital letters": str.upper,
    "in braces": lambda client_id: f"{{{client_id}}}",
    "without hyphens": lambda client_id: client_id.replace("-", ""),
}
UNSEEN_TEXTS = {
    "a zero-width space": "\u200b",
    "only control characters": "\x01\x7f",
    "a mark of direction": " \u200e ",
}


@pytest.fixture
def fay(cookies):
    """The name of another user whom no other test uses, so that none of her limits are used up."""
    name = f"Fay-{uuid.uuid4().hex}"
    cookies[name] = log_in(name)
    yield name
    del cookies[name]


def limit(settings, **values):
    """Set the limits for new users. A token that is used doesn't come back."""
    change_settings(settings, MESSAGES_PER_SECOND=NEVER, **values)


async def is_refused(visitor, frame, code):
    """Send a frame, and return the error with this code that comes as the reply."""
    await visitor.send_to(text_data=json.dumps(frame))
    answer = await next_of(visitor, "error")
    says = f"{visitor.name} sent {str(frame)[:200]} and received {answer}"
    assert answer.get("code") == code, f"{says}, not an error with the code {code!r}"
    assert " " in answer.get("detail", ""), f"{says}, without a sentence for people"
    return answer


async def test_a_flood_is_answered_with_how_long_to_wait(enter, room, settings, eve):
    limit(settings, MESSAGE_BURST=3)
    socket = await enter(room, name=eve)
    for _ in range(3):
        await speaks(socket)
    frame = frame_with("one too many")
    answer = await is_refused(socket, frame, "rate_limited")
    assert answer.get("ref") == frame["client_id"], f"the error {answer} has no ref"
    wait = answer.get("retry_after")
    assert isinstance(wait, int | float) and wait > 0, f"the error {answer} has no retry_after"
    assert len(await stored_in(room)) == 3, "a message beyond the limit is stored"


async def test_all_sockets_of_a_user_share_one_limit(enter, room, settings, eve):
    limit(settings, MESSAGE_BURST=3)
    phone, laptop = await enter(room, name=eve), await enter(f"{room}-2", name=eve)
    for socket in (phone, laptop, phone):
        await speaks(socket)
    await is_refused(laptop, frame_with("one too many"), "rate_limited")
    await laptop.leave()
    again = await enter(room, name=eve)
    await is_refused(again, frame_with("from a new socket"), "rate_limited")


async def test_a_flood_of_one_is_nothing_to_the_others(enter, room, settings, eve, fay):
    limit(settings, MESSAGE_BURST=1)
    other, socket = await enter(room, name=fay), await enter(room, name=eve)
    await speaks(socket)
    await is_refused(socket, frame_with("one too many"), "rate_limited")
    await speaks(other)


async def test_edits_and_deletions_count_as_messages(enter, room, settings, eve):
    limit(settings, MESSAGE_BURST=2)
    socket = await enter(room, name=eve)
    await speaks(socket)
    edit = {**frame_with("another text"), "type": "edit", "seq": 1}
    await socket.send_json_to(edit)
    await is_acknowledged(socket, edit["client_id"])
    for change in (edit, {**frame_with(""), "type": "delete", "seq": 1}):
        await is_refused(socket, change, "rate_limited")


async def test_who_waits_as_long_as_told_may_go_on(enter, room, settings, eve):
    change_settings(settings, MESSAGE_BURST=1, MESSAGES_PER_SECOND=0.5)
    socket = await enter(room, name=eve)
    frame, waits = frame_with("be patient"), []
    for text in (frame_with("the first"), frame):
        await socket.send_json_to(text)
    await next_of(socket, "ack")
    answer = await next_of(socket, "ack")
    while answer["type"] == "error":
        waits.append(answer.get("retry_after", 0))
        await asyncio.wait([socket.future], timeout=waits[-1])
        await socket.send_json_to(frame)
        answer = await next_of(socket, "ack")
    says = "with one token every two seconds, the client was told to wait"
    assert len(waits) == 1 and waits[0] <= 2, f"{says} {waits} seconds"


async def test_a_flood_of_questions_is_answered_with_how_long_to_wait(enter, room, eve):
    socket = await enter(room, name=eve)
    for _ in range(500):
        await socket.send_json_to({"type": "sync", "after": 0})
    answer = {"type": "synced"}
    while answer["type"] == "synced":
        answer = await next_of(socket, "synced")
    assert answer.get("code") == "rate_limited", f"a flood of syncs was answered with {answer}"
    assert answer.get("retry_after"), f"the error {answer} has no retry_after"


async def test_a_client_that_ignores_its_errors_loses_its_socket(enter, room, settings, eve, fay):
    limit(settings, REFUSALS=5)
    other, socket = await enter(room, name=fay), await enter(room, name=eve)
    for _ in range(5):
        await socket.send_to(text_data="nonsense")
        assert (await next_of(socket, "error"))["type"] == "error"
    await socket.send_to(text_data="nonsense")
    code = await ends(socket, "Eve has sent 6 bad frames")
    assert code == 4429, f"after too many bad frames, the socket was closed with {code}"
    await speaks(other)


async def test_a_frame_that_is_too_big_closes_the_socket(enter, room, eve, fay):
    other, socket = await enter(room, name=fay), await enter(room, name=eve)
    await socket.send_json_to({"type": "sync", "after": 0, "padding": "a" * 65_536})
    code = await ends(socket, "Eve has sent a frame of more than 65,536 bytes")
    assert code == 4413, f"after a frame that is too big, the socket was closed with {code}"
    await speaks(other)


async def test_the_size_of_a_frame_is_counted_in_bytes(enter, room, eve):
    socket = await enter(room, name=eve)
    frame = {"type": "sync", "after": 0, "padding": "😀" * 17_000}
    await socket.send_to(text_data=json.dumps(frame, ensure_ascii=False))
    code = await ends(socket, "Eve has sent 17,000 characters, each of them 4 bytes")
    assert code == 4413, f"after a frame that is too big, the socket was closed with {code}"


async def test_of_too_many_sockets_the_oldest_is_closed(enter, room, settings, eve, fay):
    limit(settings, USER_SOCKETS=2)
    other = await enter(room, name=fay)
    first, second = await enter(room, name=eve), await enter(f"{room}-2", name=eve)
    third = await enter(room, name=eve)
    code = await ends(first, "Eve has opened three sockets and may have two")
    assert code == 4409, f"the oldest of too many sockets was closed with {code}"
    for socket in (second, third, other):
        await speaks(socket)


async def test_a_socket_that_is_closed_makes_room_for_another(enter, room, settings, eve):
    limit(settings, USER_SOCKETS=2)
    first, second = await enter(room, name=eve), await enter(room, name=eve)
    await second.leave()
    third = await enter(room, name=eve)
    for socket in (first, third):
        await speaks(socket)
    fourth = await enter(room, name=eve)
    assert await ends(first, "Eve has three sockets and may have two") == 4409
    await speaks(fourth)


@pytest.mark.parametrize("change", BAD_IDS.values(), ids=BAD_IDS)
async def test_a_client_id_has_one_form(enter, room, change):
    ann, frame = await enter(room), frame_with("hello")
    await is_refused(ann, {**frame, "client_id": change(frame["client_id"])}, "bad_field")
    assert await stored_in(room) == []


@pytest.mark.parametrize("text", UNSEEN_TEXTS.values(), ids=UNSEEN_TEXTS)
async def test_a_text_that_nobody_can_see_is_refused(enter, room, text):
    ann, frame = await enter(room), frame_with(text)
    answer = await is_refused(ann, frame, "empty")
    assert answer.get("ref") == frame["client_id"], f"the error {answer} has no ref"
    assert await stored_in(room) == []


@pytest.mark.parametrize("text", ["a\0b", "\ud800"], ids=["NUL", "half a character"])
async def test_a_text_that_no_database_can_store_is_refused(enter, room, text):
    ann, frame = await enter(room), frame_with(text)
    answer = await is_refused(ann, frame, "bad_text")
    assert answer.get("ref") == frame["client_id"], f"the error {answer} has no ref"
    assert await stored_in(room) == []


async def test_each_kind_of_error_has_its_code(enter, room):
    ann, bob = await enter(room, name="Ann"), await enter(room, name="Bob")
    stored = frame_with("hello")
    await ann.send_json_to(stored)
    await is_acknowledged(ann, stored["client_id"])
    for frame, code in (
        ([], "unknown_type"),
        ({"type": "shout"}, "unknown_type"),
        ({"type": "message", "message": "no id"}, "bad_field"),
        (frame_with(5), "bad_field"),
        ({"type": "sync", "after": -1}, "bad_field"),
        (frame_with("a" * 1001), "too_long"),
        ({**stored, "message": "another text"}, "client_id_reused"),
        ({**frame_with("x"), "type": "edit", "seq": 7}, "unknown_message"),
    ):
        await is_refused(ann, frame, code)
    await is_refused(bob, {**frame_with("x"), "type": "edit", "seq": 1}, "not_yours")
    await bob.send_to(text_data="{")
    assert (await next_of(bob, "error")).get("code") == "bad_json"
    await bob.send_to(bytes_data=b"{}")
    assert (await next_of(bob, "error")).get("code") == "text_only"


class Sluice:
    """Sits between a page and the server, and can hold back what the page writes."""

    def __init__(self):
        self.page = None
        self.opened = 0
        self.held = []  # the frames that were answered with `rate_limited`
        self.is_open = False

    async def stand_between(self, socket):
        self.page = socket
        self.opened += 1
        server = socket.connect_to_server()

        def pass_on(text):
            frame = json.loads(text)
            if frame["type"] != "message" or self.is_open:
                server.send(text)
                return
            self.held.append(frame["message"])
            fields = {"code": "rate_limited", "detail": TOO_FAST, "retry_after": 30}
            answer = {"type": "error", "ref": frame["client_id"], **fields}
            socket.send(json.dumps(answer))

        socket.on_message(pass_on)


async def open_sluiced(page, url):
    """Open a page that writes faster than the server accepts; return the sluice between them."""
    sluice = Sluice()
    await page.route_web_socket("**/ws/**", sluice.stand_between)
    await page.clock.install()
    await page.goto(url)
    await says_that_it_is_connected(page)
    return sluice


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_waits_as_long_as_told_and_loses_nothing(open_page, site, room):
    page = await open_page("Bob")
    sluice = await open_sluiced(page, f"{site}/chat/{room}/")
    texts = ["first of all", "and then", "at last"]
    for text in texts:
        await write(page, text)
    notice = page.get_by_text(TOO_FAST)
    await expect(notice, "the page does not say that it has to wait").to_be_visible()
    for text in texts:
        complaint = "messages that have to wait are no longer shown"
        await expect(page.get_by_text(text), complaint).to_be_visible()
    assert sluice.held == texts[:1], f"the page has to wait 30 s, but has sent {sluice.held}"
    await expect(message_of(page), "a message that has to wait is back in the field").to_have_value(
        ""
    )
    sluice.is_open = True
    await page.clock.fast_forward(31_000)
    for text in texts:
        await shows_once(page, text, "after the wait, nothing is sent again")
    assert [text for _, text in await stored_in(room)] == texts
    await expect(notice, "the page still says that it has to wait").to_have_count(0)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_of_a_displaced_socket_says_so_and_does_not_come_back(open_page, site, room):
    page = await open_page("Bob")
    sluice = await open_sluiced(page, f"{site}/chat/{room}/")
    await sluice.page.close(code=4409)
    status = page.get_by_role("status").filter(has_text=re.compile("too many|another", re.I))
    await expect(status, "the page does not say that too many are open").to_be_visible()
    await page.clock.fast_forward(600_000)
    await expect(connected_on(page), "the page still says that it is connected").to_have_count(0)
    assert sluice.opened == 1, "two pages that displace each other would go on forever"
