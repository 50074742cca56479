"""No message is lost or duplicated: the rules of delivery, on every channel layer."""

import asyncio
import json
import uuid

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError, InterfaceError, connection
from redis import Redis

from chat_app import hub, messages, protocol
from chat_app.models import Message, Room
from tests.conftest import until_called

pytestmark = pytest.mark.usefixtures("layer")


@database_sync_to_async
def store(room, author, *texts):
    """Store a message as another process would, but don't tell the channel layer."""
    drafts = [Message(room=room, author=author, client_id=uuid.uuid4(), text=t) for t in texts]
    return messages.store(drafts)


def break_layer(monkeypatch):
    async def fail(*args):
        raise OSError("the layer is down")

    monkeypatch.setattr(type(get_channel_layer()), "group_send", fail, raising=False)


async def test_messages_from_many_senders_arrive_in_one_order_without_gaps(
    connect, ann, bob, room, stored, settings
):
    settings.CHAT["MESSAGE_BURST"] = 100
    visitors = [await connect(ann), await connect(bob), await connect(ann), await connect(bob)]

    async def speak(number, visitor):
        for count in range(20):
            await visitor.say(f"{number}.{count}")
            await visitor.hear("ack")

    listeners = [await connect(ann), await connect(bob)]
    await asyncio.gather(*(speak(*pair) for pair in enumerate(visitors)))
    rows = await stored()
    assert [seq for seq, _, _ in rows] == list(range(1, 81))
    for listener in listeners:
        assert await listener.texts(80) == [text for _, _, text in rows]


async def test_the_same_id_again_gets_the_same_ack_and_is_published_again(
    connect, ann, bob, room, stored, monkeypatch
):
    visitor, published = await connect(ann), []
    client_id = await visitor.say("once")
    first = await visitor.hear("ack")
    await visitor.hear("messages")
    await hub.hubs[room.pk].publisher.worker.task
    send = hub.send_to_group
    monkeypatch.setattr(
        hub, "send_to_group", lambda room, items: published.extend(items) or send(room, items)
    )
    await visitor.say("once", client_id)
    assert await visitor.hear("ack") == first
    await hub.hubs[room.pk].publisher.worker.task
    assert [item["seq"] for item in published if "seq" in item] == [1]
    assert await stored() == [(1, "ann", "once")]


async def test_a_stored_but_unpublished_message_arrives_when_it_is_resent(connect, ann, bob, room):
    listener, author = await connect(bob), await connect(ann)
    [lost] = await store(room, ann, "stored, then the process died")
    await author.say(lost.text, lost.client_id)
    assert await listener.texts(1) == [lost.text]


async def test_the_same_client_id_twenty_times_over_two_sockets_is_one_message(
    connect, ann, room, stored, settings
):
    settings.CHAT["MESSAGE_BURST"] = 100
    sockets, client_id = [await connect(ann), await connect(ann)], uuid.uuid4()
    for count in range(20):
        await sockets[count % 2].say("once", client_id)
    for visitor in sockets:
        assert [(await visitor.hear("ack"))["seq"] for _ in range(10)] == [1] * 10
    assert await stored() == [(1, "ann", "once")]


async def test_an_id_with_another_text_is_refused(connect, ann, room, stored):
    visitor = await connect(ann)
    client_id = await visitor.say("one text")
    await visitor.say("another text", client_id)
    error = await visitor.hear("error")
    assert (error["code"], error["ref"]) == ("client_id_reused", client_id)
    assert await stored() == [(1, "ann", "one text")]


async def test_an_id_in_another_room_is_refused(connect, ann, room, secret, stored):
    here, there = await connect(ann), await connect(ann, "secret")
    client_id = await here.say("hello")
    await here.hear("ack")
    await there.say("hello", client_id)
    assert (await there.hear("error"))["code"] == "client_id_reused"


async def test_another_author_may_use_the_same_id(connect, ann, bob, room, stored):
    first, second = await connect(ann), await connect(bob)
    client_id = await first.say("hello")
    await first.hear("ack")
    await second.say("hello", client_id)
    assert (await second.hear("ack"))["seq"] == 2
    assert await stored() == [(1, "ann", "hello"), (2, "bob", "hello")]


async def test_the_ack_does_not_need_the_layer(connect, ann, bob, room, stored, monkeypatch):
    author, listener = await connect(ann), await connect(bob)
    break_layer(monkeypatch)
    await author.say("hello")
    assert (await author.hear("ack"))["seq"] == 1
    assert await stored() == [(1, "ann", "hello")]
    assert await listener.texts(1) == ["hello"]


async def test_a_gap_is_read_from_the_database(connect, ann, bob, room):
    listener, author = await connect(bob), await connect(ann)
    await store(room, ann, "lost one", "lost two")
    await author.say("heard")
    assert await listener.texts(3) == ["lost one", "lost two", "heard"]


async def test_a_gap_of_deleted_rows_holds_nothing_up(connect, ann, bob, room):
    listener = await connect(bob)
    *_, last = await store(room, ann, "first", "second", "third")
    await Message.objects.filter(room=room).adelete()
    hub.hubs[room.pk].publisher.publish(seq=last.seq, encoded=protocol.encode_message(last))
    assert await listener.texts(1) == ["third"]


async def test_a_sync_ends_at_deleted_rows(connect, ann, room):
    await store(room, ann, "first", "second")
    await Message.objects.filter(room=room).adelete()
    visitor = await connect(ann)
    await visitor.tell("sync", after=0)
    synced = await visitor.hear("synced")
    assert (synced["messages"], synced["upto"], synced["more"]) == ([], 2, False)


async def test_a_gap_of_more_than_a_page_is_filled_completely(connect, ann, bob, room, settings):
    settings.CHAT["UNCONFIRMED_MESSAGES"] = 1000
    listener, author = await connect(bob), await connect(ann)
    lost = [f"lost {number}" for number in range(450)]
    await store(room, ann, *lost)
    await author.say("heard")
    assert await listener.texts(451) == [*lost, "heard"]


async def test_events_that_arrive_out_of_order_are_sorted(connect, ann, bob, room):
    listener = await connect(bob)
    first, second = await store(room, ann, "first", "second")
    for message in (second, first):
        await hub.send_to_group(
            room.pk, [{"seq": message.seq, "encoded": protocol.encode_message(message)}]
        )
    assert await listener.texts(2) == ["first", "second"]
    assert "messages" not in [frame["type"] for frame in await listener.fence()]


async def test_others_are_told_even_if_a_gap_could_not_be_read_here(
    connect, ann, bob, room, monkeypatch
):
    """The database is down during the first read, before the layer is told."""
    listener = await connect(bob)
    first, _, third = await store(room, ann, "first", "second", "third")
    read, tries = messages.read, []

    async def read_later(*args):
        tries.append(args)
        if len(tries) == 1:
            raise DatabaseError("away")
        return await read(*args)

    monkeypatch.setattr(messages, "read", read_later)
    for message in (first, third):
        hub.hubs[room.pk].publisher.publish(
            seq=message.seq, encoded=protocol.encode_message(message)
        )
    assert await listener.texts(3) == ["first", "second", "third"]
    assert len(tries) == 2


async def test_simultaneous_requests_for_the_same_page_share_one_read(
    connect, ann, bob, room, monkeypatch
):
    """This happens after every restart."""
    await store(room, ann, "first", "second")
    visitors = [await connect(ann), await connect(bob), await connect(bob)]
    read, go_on, reads = messages.read, asyncio.Event(), []
    feed = hub.hubs[room.pk].feed
    read_page, asking = feed.read_page, []

    async def read_when_told(room_id, after):
        reads.append(after)
        await go_on.wait()
        return await read(room_id, after)

    async def ask(after):
        asking.append(after)
        if len(asking) == len(visitors):
            go_on.set()
        return await read_page(after)

    monkeypatch.setattr(messages, "read", read_when_told)
    monkeypatch.setattr(feed, "read_page", ask)
    for visitor in visitors:
        await visitor.tell("sync", after=1)
    for visitor in visitors:
        synced = await visitor.hear("synced")
        assert [message["message"] for message in synced["messages"]] == ["second"]
    assert reads == [1] and feed.reads == {}


async def test_a_message_that_arrives_while_the_hub_starts_is_not_missed(
    connect, ann, bob, room, monkeypatch, caplog
):
    """The head is read before the message is stored, but arrives here after its event."""
    read, event_sent = messages.read, asyncio.Event()

    async def read_slowly(room_id, after):
        answer = await read(room_id, after)
        if after is None:
            [message] = await store(room, ann, "in between")
            encoded = protocol.encode_message(message)
            await hub.send_to_group(room.pk, [{"seq": message.seq, "encoded": encoded}])
            await asyncio.sleep(0.2)  # give the layer time to deliver the event
            event_sent.set()
        return answer

    monkeypatch.setattr(messages, "read", read_slowly)
    listener = await connect(bob)
    assert event_sent.is_set()
    if listener.welcome["head"] == 0:
        assert await listener.texts(1) == ["in between"]
    assert "failed" not in caplog.text


async def test_the_heartbeat_delivers_lost_newest_messages(connect, ann, bob, room, settings):
    settings.CHAT["BEAT_SECONDS"] = 0.2
    listener = await connect(bob)
    await store(room, ann, "nobody was told")
    assert await listener.texts(1) == ["nobody was told"]


async def test_several_pages_of_lost_newest_messages_are_delivered_at_once(
    connect, ann, bob, room, settings
):
    settings.CHAT["UNCONFIRMED_MESSAGES"] = 1000
    listener = await connect(bob)
    lost = [f"lost {number}" for number in range(450)]
    await store(room, ann, *lost)
    await hub.hubs[room.pk].feed.catch_up_from_db()
    assert hub.hubs[room.pk].feed.head == 450
    assert await listener.texts(450) == lost


async def test_the_heartbeat_recovers_from_a_redis_that_forgot_everything(
    connect, ann, bob, room, settings, layer
):
    if layer == "memory":
        pytest.skip("This test needs Redis: the in-memory layer has nothing to forget.")
    settings.CHAT["BEAT_SECONDS"] = 0.2
    listener, author = await connect(bob), await connect(ann)
    with Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
    await author.say("hello")
    assert await listener.texts(1) == ["hello"]


async def test_joining_while_others_write_misses_nothing(connect, ann, bob, room, stored, settings):
    settings.CHAT["MESSAGE_BURST"] = 100
    author = await connect(ann)

    async def write():
        for number in range(40):
            await author.say(str(number))
            await author.hear("ack")

    writing = asyncio.create_task(write())
    listener = await connect(bob)
    await writing
    await listener.tell("sync", after=0)
    texts, rows = {}, await stored()
    while len(texts) < 40:
        for message in (await listener.next()).get("messages", []):
            texts[message["seq"]] = message["message"]
    assert sorted(texts.items()) == [(seq, text) for seq, _, text in rows]


async def test_a_long_history_is_synced_page_by_page(connect, ann, room):
    await store(room, ann, *map(str, range(450)))
    visitor, seqs, more = await connect(ann), [], True
    while more:
        await visitor.tell("sync", after=seqs[-1] if seqs else 0)
        page = await visitor.hear("synced")
        seqs += [message["seq"] for message in page["messages"]]
        assert page["upto"] == seqs[-1]
        more = page["more"]
    assert seqs == list(range(1, 451))


async def test_long_messages_are_synced_in_frames_of_64_kib(connect, ann, room):
    texts = [f"{number:02}" + "\N{GRINNING FACE}" * 3998 for number in range(20)]
    await store(room, ann, *texts)
    visitor, found, more, sizes = await connect(ann), [], True, []
    while more:
        await visitor.tell("sync", after=len(found))
        page = await visitor.hear("synced")
        found += [message["message"] for message in page["messages"]]
        sizes.append(len(json.dumps(page, ensure_ascii=False).encode()))
        assert page["upto"] == len(found)
        more = page["more"]
    assert found == texts
    assert max(sizes) < 66_000 and len(sizes) < 10


async def test_long_messages_are_pushed_in_frames_of_64_kib(connect, ann, bob, room):
    listener, author = await connect(bob), await connect(ann)
    await store(room, ann, *["x" * 4000] * 40)
    await author.say("heard")
    pushed = []
    while len(pushed) < 41:
        frame = await listener.hear("messages")
        assert len(json.dumps(frame)) < 66_000
        pushed += frame["messages"]
    assert [message["seq"] for message in pushed] == list(range(1, 42))


async def test_a_sync_waits_until_the_previous_answer_has_been_sent(
    connect, ann, room, monkeypatch
):
    await store(room, ann, *map(str, range(10)))
    visitor = await connect(ann)
    [member] = hub.hubs[room.pk].sockets
    go_on, send, reads, read = asyncio.Event(), member.send_queue.send, [], messages.read

    async def send_later(event):
        await go_on.wait()
        await send(event)

    async def record(*args):
        reads.append(args)
        return await read(*args)

    member.send_queue.send = send_later
    monkeypatch.setattr(messages, "read", record)
    for after in range(3):
        await visitor.tell("sync", after=after)
    client_id = await visitor.say("in between")
    while not await Message.objects.filter(client_id=client_id).aexists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert len(reads) <= 1
    go_on.set()
    assert [(await visitor.hear("synced"))["messages"][0]["seq"] for _ in range(3)] == [1, 2, 3]


async def test_a_client_that_reports_nothing_is_told_once_that_it_is_behind(
    connect, ann, bob, room, settings
):
    settings.CHAT.update(UNCONFIRMED_MESSAGES=5, MESSAGE_BURST=100)
    author, reader = await connect(ann), await connect(bob)
    for number in range(12):
        await author.say(str(number))
        await author.hear("ack")
    frames = await reader.until("behind")
    pushed = [m["seq"] for frame in frames for m in frame.get("messages", [])]
    assert pushed == list(range(1, len(pushed) + 1)) and len(pushed) <= 5
    assert {frame["type"] for frame in await reader.fence()} <= {"presence"}
    await reader.tell("sync", after=len(pushed))
    synced = await reader.hear("synced")
    assert [m["seq"] for m in synced["messages"]] == list(range(len(pushed) + 1, 13))
    await reader.tell("seen", seq=12)
    await reader.fence()
    await hub.hubs[room.pk].publisher.worker.task
    await author.say("live again")
    assert await reader.texts(1) == ["live again"]


async def test_a_client_that_is_behind_still_receives_presence(connect, ann, bob, room, settings):
    settings.CHAT.update(UNCONFIRMED_MESSAGES=1)
    author, reader = await connect(ann), await connect(bob)
    for number in range(3):
        await author.say(str(number))
    await reader.until("behind")
    presence = hub.hubs[room.pk].presence
    presence.note("carl", True)
    await until_called(presence.frame)
    heard = [frame["users"] for frame in await reader.fence() if frame["type"] == "presence"]
    assert any(users.get("carl") for users in heard)


async def test_a_client_that_reports_seen_is_never_behind(connect, ann, bob, room, settings):
    settings.CHAT.update(UNCONFIRMED_MESSAGES=5, MESSAGE_BURST=100)
    author, reader = await connect(ann), await connect(bob)
    for number in range(20):
        await author.say(str(number))
        [seen] = (await reader.hear("messages"))["messages"]
        await reader.tell("seen", seq=seen["seq"])
        assert await reader.fence() is not None
    assert seen["seq"] == 20


@pytest.mark.parametrize("kind", [DatabaseError, InterfaceError])
async def test_a_sync_during_a_database_error_is_answered_and_logged(
    connect, ann, room, monkeypatch, caplog, kind
):
    visitor = await connect(ann)

    async def fail(*args):
        raise kind("away")

    monkeypatch.setattr(messages, "read", fail)
    await visitor.tell("sync", after=0)
    assert (await visitor.hear("error"))["code"] == "unavailable"
    assert f"answering a frame failed: {kind.__name__}('away')" in caplog.text


async def test_a_database_error_is_reported_and_the_next_attempt_succeeds(
    connect, ann, room, stored, caplog
):
    visitor = await connect(ann)

    @database_sync_to_async
    def rename(old, new):
        with connection.schema_editor() as editor:
            editor.alter_db_table(Message, old, new)

    await rename("chat_app_message", "elsewhere")
    try:
        client_id = await visitor.say("hello")
        error = await visitor.hear("error")
    finally:
        await rename("elsewhere", "chat_app_message")
    assert (error["code"], error["ref"]) == ("unavailable", client_id)
    assert "hello" not in caplog.text
    await visitor.say("hello", client_id)
    assert (await visitor.hear("ack"))["seq"] == 1
    assert await Room.objects.values_list("head", flat=True).aget(pk=room.pk) == 1
