"""Every frame that a client may send, and the error for every invalid one."""

import json
import uuid
from datetime import datetime

import pytest
from channels.db import database_sync_to_async

from chat_app import hub, read_marks
from chat_app.models import Membership

ID = "12345678-1234-4234-8234-123456789abc"


async def test_the_welcome_frame_has_the_users_name_and_the_rooms_state(connect, ann, room):
    visitor = await connect(ann)
    assert visitor.welcome == {
        "type": "welcome",
        "you": "ann",
        "head": 0,
        "seen": 0,
        "others_seen": 0,
        "count": 1,
        "here": ["ann"],
        "limits": {"message": 4000, "sync": 200},
    }


async def test_a_message_gets_an_ack_and_reaches_everybody(connect, ann, bob, room):
    first, second = await connect(ann), await connect(bob)
    client_id = await first.say("hello")
    assert await first.hear("ack") == {"type": "ack", "client_id": client_id, "seq": 1}
    for visitor in (first, second):
        [message] = (await visitor.hear("messages"))["messages"]
        at = datetime.fromisoformat(message.pop("at"))
        assert at.utcoffset().total_seconds() == 0
        assert message == {"seq": 1, "author": "ann", "client_id": client_id, "message": "hello"}


async def test_messages_do_not_reach_other_rooms(connect, ann, bob, room, secret):
    speaker, elsewhere = await connect(ann), await connect(ann, "secret")
    await speaker.say("hello")
    await speaker.hear("messages")
    assert "messages" not in [frame["type"] for frame in await elsewhere.fence()]


async def test_typing_is_shown_to_others_only(connect, ann, bob, room):
    typer, other = await connect(ann), await connect(bob)
    await typer.tell("typing")
    assert await other.hear("typing") == {"type": "typing", "user": "ann"}
    assert "typing" not in [frame["type"] for frame in await typer.fence()]


async def test_a_lower_read_mark_does_not_hide_a_higher_one(connect, ann, bob, room, monkeypatch):
    """Writing a message marks everything up to it as read, whatever the page reports later."""
    monkeypatch.setattr(read_marks, "STORE_MARKS_SECONDS", 0)
    author = await connect(ann)
    for number in range(3):
        await author.say(str(number))
        await author.hear("ack")
    await author.tell("seen", seq=1)
    await author.fence()
    await hub.hubs[room.pk].read_marks.worker.task
    assert (await Membership.objects.aget(room=room, user=ann)).seen == 3


async def test_a_lower_read_mark_is_ignored_while_the_database_fails(
    connect, ann, room, monkeypatch
):
    monkeypatch.setattr(read_marks, "STORE_MARKS_SECONDS", 0)
    await connect(ann)
    marks, raise_marks, is_first = hub.hubs[room.pk].read_marks, read_marks.raise_marks, True

    async def fail_at_first(*args):
        nonlocal is_first
        if is_first:
            is_first = False
            marks.add(ann.pk, 1)
            raise OSError("the database is away")
        return await raise_marks(*args)

    monkeypatch.setattr(read_marks, "raise_marks", fail_at_first)
    marks.add(ann.pk, 3)
    await marks.worker.task
    assert (await Membership.objects.aget(room=room, user=ann)).seen == 3


async def test_the_heartbeat_repairs_a_lost_read_mark(connect, ann, bob, room, settings):
    settings.CHAT["BEAT_SECONDS"] = 0.1
    author = await connect(ann)
    await Membership.objects.acreate(
        room=room, user=bob, seen=7
    )  # in a process whose events we don't receive
    assert await author.hear("seen") == {"type": "seen", "user": "bob", "seq": 7}


async def test_a_read_mark_is_announced_even_if_a_heartbeat_read_it_first(
    connect, ann, bob, room, monkeypatch
):
    await connect(ann)
    busy = hub.hubs[room.pk]
    published = []
    monkeypatch.setattr(busy.publisher, "publish", lambda **event: published.append(event))
    busy.read_marks.news = {"bob": 7}
    await Membership.objects.acreate(room=room, user=bob, seen=7)
    await busy.read_marks.refresh()
    busy.read_marks.announce()
    assert [event for event in published if "seen" in event] == [{"seen": {"bob": 7}}]


async def test_an_unchanged_read_mark_is_not_announced_again(connect, ann, bob, room):
    author = await connect(ann)
    marks = hub.hubs[room.pk].read_marks
    marks.top = {"carl": 7, "dora": 7}
    for user in (ann, bob):
        await Membership.objects.aupdate_or_create(room=room, user=user, defaults={"seen": 7})
    await marks.refresh()
    assert "seen" not in [frame["type"] for frame in await author.fence()]


async def test_read_marks_reach_others_and_are_stored(connect, ann, bob, room):
    author, reader = await connect(ann), await connect(bob)
    await author.say("hello")
    await reader.hear("messages")
    await reader.tell("seen", seq=1)
    assert await author.hear("seen") == {"type": "seen", "user": "bob", "seq": 1}
    again = await connect(bob)
    assert (again.welcome["seen"], again.welcome["others_seen"]) == (1, 0)
    assert (await connect(ann)).welcome["others_seen"] == 1


async def test_a_read_mark_beyond_the_newest_message_is_capped(connect, ann, bob, room):
    reader = await connect(bob)
    await reader.tell("seen", seq=10**9)
    await reader.fence()
    assert (await connect(ann)).welcome["others_seen"] == 0


async def test_sync_returns_later_messages(connect, ann, room):
    visitor = await connect(ann)
    for text in ("one", "two", "three"):
        await visitor.say(text)
    await visitor.texts(3)
    await visitor.tell("sync", after=1)
    synced = await visitor.hear("synced")
    assert [message["message"] for message in synced["messages"]] == ["two", "three"]
    assert (synced["upto"], synced["more"]) == (3, False)


WRONG = {
    "an empty frame": ("", "bad_json"),
    "half an object": ("{", "bad_json"),
    "30,000 brackets": ("[" * 30_000, "bad_json"),
    "a number of 5,000 digits": ('{"type":"seen","seq":' + "9" * 5000 + "}", "bad_json"),
    "a list": ("[]", "not_object"),
    "a string": ('"x"', "not_object"),
    "a number": ("7", "not_object"),
    "null": ("null", "not_object"),
    "no type": ("{}", "unknown_type"),
    "a number as type": ('{"type":5}', "unknown_type"),
    "a list as type": ('{"type":[]}', "unknown_type"),
    "a method as type": ('{"type":"__init__"}', "unknown_type"),
    "an ASGI event": ('{"type":"websocket.close"}', "unknown_type"),
    "a layer event": ('{"type":"room.event"}', "unknown_type"),
    "not a number": ('{"type":"seen","seq":NaN}', "bad_field"),
    "an infinite number": ('{"type":"sync","after":1e999}', "bad_field"),
    "true as a number": ('{"type":"sync","after":true}', "bad_field"),
    "a negative number": ('{"type":"sync","after":-1}', "bad_field"),
    "a huge number": ('{"type":"sync","after":1' + "0" * 30 + "}", "bad_field"),
    "a word as a number": ('{"type":"sync","after":"x"}', "bad_field"),
    "no number": ('{"type":"seen"}', "bad_field"),
    "a message without an id": ('{"type":"message","message":"x"}', "bad_field"),
    "an id that isn't a UUID": ('{"type":"message","client_id":"7","message":"x"}', "bad_field"),
    "an id of 60 KB": (f'{{"type":"message","client_id":"{"7" * 60_000}"}}', "bad_field"),
    "a list as id": ('{"type":"message","client_id":[],"message":"x"}', "bad_field"),
    "an edit without an id": ('{"type":"edit","seq":1,"message":"x"}', "bad_field"),
    "a deletion without an id": ('{"type":"delete","seq":1}', "bad_field"),
    "a deletion with an id that isn't a UUID": (
        '{"type":"delete","client_id":"7","seq":1}',
        "bad_field",
    ),
    "an id in capitals": (
        f'{{"type":"message","client_id":"{ID.upper()}","message":"x"}}',
        "bad_field",
    ),
}


@pytest.mark.parametrize(("frame", "code"), WRONG.values(), ids=WRONG.keys())
async def test_an_invalid_frame_gets_an_error_and_the_socket_stays_open(
    connect, ann, room, stored, frame, code
):
    visitor = await connect(ann)
    await visitor.send_input({"type": "websocket.receive", "text": frame})
    error = await visitor.hear("error")
    assert (error["code"], error["ref"]) == (code, None)
    assert error["detail"].endswith(".")
    assert await stored() == []
    await visitor.say("still here")
    assert (await visitor.hear("ack"))["seq"] == 1


async def test_a_binary_frame_gets_an_error(connect, ann, room):
    visitor = await connect(ann)
    await visitor.send_to(bytes_data=b"\x00\x01")
    assert (await visitor.hear("error"))["code"] == "text_only"


WRONG_TEXTS = {
    "missing": (None, "bad_field"),
    "a number": (5, "bad_field"),
    "a list": (["x"], "bad_field"),
    "an object": ({"x": 1}, "bad_field"),
    "empty": ("", "empty"),
    "blanks": (" \t\n\u00a0\u3000", "empty"),
    "zero width": ("\u200b\u200d\u2060\ufeff", "empty"),
    "4,001 characters": ("x" * 4001, "too_long"),
    "a NUL": ("a\0b", "bad_text"),
    "half a character": ("a\ud800", "bad_text"),
}


@pytest.mark.parametrize(("text", "code"), WRONG_TEXTS.values(), ids=WRONG_TEXTS.keys())
async def test_the_error_for_an_invalid_text_has_its_client_id(
    connect, ann, room, stored, text, code
):
    visitor = await connect(ann)
    await visitor.tell("message", client_id=ID, message=text)
    error = await visitor.hear("error")
    assert (error["code"], error["ref"]) == (code, ID)
    assert await stored() == []


@pytest.mark.parametrize(("text", "code"), WRONG_TEXTS.values(), ids=WRONG_TEXTS.keys())
async def test_the_error_for_an_edits_invalid_text_has_its_client_id(
    connect, ann, room, stored, text, code
):
    visitor = await connect(ann)
    await visitor.say("right")
    await visitor.hear("ack")
    await visitor.tell("edit", client_id=ID, seq=1, message=text)
    error = await visitor.hear("error")
    assert (error["code"], error["ref"]) == (code, ID)
    assert await stored() == [(1, "ann", "right")]


WRONG_TARGETS = {
    "missing": (None, "bad_field"),
    "a word": ("1", "bad_field"),
    "true": (True, "bad_field"),
    "a fraction": (1.0, "bad_field"),
    "negative": (-1, "bad_field"),
    "huge": (10**30, "bad_field"),
    "a list": ([1], "bad_field"),
    "nothing": (0, "unknown_message"),
    "above the head": (2, "unknown_message"),
    "the highest number": (2**63 - 1, "unknown_message"),
}


@pytest.mark.parametrize("kind", ["edit", "delete"])
@pytest.mark.parametrize(("seq", "code"), WRONG_TARGETS.values(), ids=WRONG_TARGETS.keys())
async def test_the_error_for_a_change_to_an_invalid_number_has_its_client_id(
    connect, ann, room, stored, kind, seq, code
):
    visitor = await connect(ann)
    await visitor.say("right")
    await visitor.hear("ack")
    await visitor.tell(kind, client_id=ID, seq=seq, message="x")
    error = await visitor.hear("error")
    assert (error["code"], error["ref"]) == (code, ID)
    assert await stored() == [(1, "ann", "right")]


RIGHT_TEXTS = {
    "4,000 characters": "x" * 4000,
    "4,000 emoji": "\U0001f600" * 4000,
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)></script>",
    "a link": "javascript:alert(1)",
    "right to left": "\u202eabc",
    "500 combining marks": "e" + "\u0301" * 500,
    "a forged log line": "\r\nERROR forged",
}


@pytest.mark.parametrize("text", RIGHT_TEXTS.values(), ids=RIGHT_TEXTS.keys())
async def test_unusual_texts_are_stored_and_sent_unchanged(connect, ann, room, stored, text):
    visitor = await connect(ann)
    await visitor.say(text)
    assert await visitor.texts(1) == [text]
    assert await stored() == [(1, "ann", text)]


async def test_unknown_keys_from_a_client_change_nothing(connect, ann, bob, room, stored):
    visitor = await connect(ann)
    extra = {"author": "bob", "seq": 77, "is_staff": True, "at": "2000-01-01", "room": "secret"}
    await visitor.tell("message", client_id=ID, message="mine", **extra)
    assert (await visitor.hear("ack"))["seq"] == 1
    assert await stored() == [(1, "ann", "mine")]


async def test_a_frame_of_more_than_64_kib_closes_the_socket(connect, ann, room):
    visitor = await connect(ann)
    await visitor.send_to(text_data="x" * 65_537)
    assert await visitor.closed() == 4413


async def test_a_frame_of_64_kib_is_accepted(connect, ann, room):
    visitor = await connect(ann)
    frame = json.dumps({"type": "message", "client_id": str(uuid.uuid4()), "message": "x"})
    await visitor.send_to(text_data=frame + " " * (65_536 - len(frame)))
    assert (await visitor.hear("ack"))["seq"] == 1


async def test_own_messages_count_as_read_even_if_their_author_leaves_at_once(
    connect, ann, bob, room
):
    author, other = await connect(ann), await connect(bob)
    await author.say("one")
    await author.say("two")
    await author.disconnect()
    seen = {"seq": 0}
    while seen["seq"] < 2:
        seen = await other.hear("seen")
        assert seen["user"] == "ann"
    assert await seen_by(ann) == 2


async def test_a_reply_does_not_mark_unseen_messages_as_read(connect, ann, bob, room):
    author, other = await connect(ann), await connect(bob)
    await other.say("not seen by Ann")
    await author.hear("messages")
    await author.say("an answer")
    await author.hear("ack")
    await author.disconnect()
    await other.tell("seen", seq=1)
    assert (await other.hear("seen"))["user"] == "bob"
    assert await seen_by(ann) == 0


@database_sync_to_async
def seen_by(user):
    """How far the user has read, according to the database."""
    return Membership.objects.get(user=user).seen
