"""The hub stays fast, and nothing breaks when sockets come and go."""

import asyncio
import uuid
from contextlib import suppress

import pytest
from channels.layers import get_channel_layer
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from chat_app import hub, messages, protocol, read_marks
from chat_app.models import Message
from chat_app.writer import Writer
from tests import patience
from tests.conftest import LAYERS, until_called


def record(monkeypatch, owner, name):
    """Record the arguments of every call to a function, and still call it."""
    calls, original = [], getattr(owner, name)

    def recorder(*args, **kwargs):
        calls.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, recorder)
    return calls


async def test_a_process_subscribes_once_to_a_room(connect, ann, bob, room, layer, monkeypatch):
    added = record(monkeypatch, get_channel_layer(), "group_add")
    for user in (ann, bob, ann, bob):
        await connect(user)
    assert [group for group, _ in added] == [f"room.{room.pk}"]


async def test_the_subscription_ends_with_the_last_socket(connect, ann, bob, room, layer):
    sockets = [await connect(ann), await connect(bob)]
    tasks = hub.hubs[room.pk].tasks
    await sockets[0].disconnect()
    assert not any(task.done() for task in tasks)
    await sockets[1].disconnect()
    await asyncio.wait(tasks, timeout=patience.SECONDS)
    assert all(task.done() for task in tasks) and not hub.hubs


async def test_a_text_is_encoded_once_for_all_sockets(connect, ann, bob, room, layer, monkeypatch):
    encoded = record(monkeypatch, protocol, "encode_message")
    sockets = [await connect(user) for user in (ann, bob, ann, bob)]
    await sockets[0].say("hello")
    for visitor in sockets:
        assert await visitor.texts(1) == ["hello"]
    assert len(encoded) == 1


async def test_authors_receive_their_text_before_anyone_else(connect, ann, bob, room, layer):
    visitors, order = [await connect(user) for user in (ann, bob, ann, bob)], []
    sockets = {id(socket): socket for socket in hub.hubs[room.pk].sockets}

    def note(name, send):
        async def noting(event):
            if event["text"].startswith(('{"type": "ack"', '{"type": "messages"')):
                order.append(name)
            await send(event)

        return noting

    for name, socket in sockets.items():
        socket.send_queue.send = note(name, socket.send_queue.send)
    first, busy = set(), hub.hubs[room.pk]
    await until_called(busy.presence.announcement)
    await busy.publisher.worker.task
    for number, author in enumerate(visitors):
        order.clear()
        await author.say(str(number))
        for visitor in visitors:
            await visitor.texts(1)
        assert order[0] == order[1] and len(order) == 5  # the ack and the text, then all others
        first.add(order[0])
        await hub.hubs[room.pk].publisher.worker.task
    assert first == set(sockets)


async def test_texts_that_arrive_together_share_a_frame(connect, ann, bob, room, layer):
    author, listener = await connect(ann), await connect(bob)
    for number in range(8):
        author.input_queue.put_nowait(
            {
                "type": "websocket.receive",
                "text": f'{{"type":"message","client_id":"{uuid.uuid4()}","message":"{number}"}}',
            }
        )
    assert (await listener.texts(8)) == list("01234567")
    sizes = [
        len(frame["messages"])
        for frame in await author.until(
            "synced" if await author.tell("sync", after=8) else "synced"
        )
        if frame["type"] == "messages"
    ]
    assert sum(sizes) == 8 and len(sizes) <= 3


async def test_waiting_messages_are_stored_in_one_transaction(ann, room, stored, monkeypatch):
    batches = record(monkeypatch, messages, "store")
    writer, outcomes = Writer(), []
    for number in range(50):
        draft = Message(room=room, author=ann, client_id=uuid.uuid4(), text=str(number))
        writer.add(draft, lambda draft, outcome: outcomes.append(outcome.seq))
    await writer.worker.task
    assert [len(drafts) for (drafts,) in batches] == [50]
    assert outcomes == list(range(1, 51))


async def test_a_failing_answer_does_not_affect_others(ann, room, caplog):
    writer, outcomes = Writer(), []

    def fail(draft, outcome):
        raise ValueError("this one only")

    for on_done in (fail, lambda draft, outcome: outcomes.append(outcome.seq)):
        draft = Message(room=room, author=ann, client_id=uuid.uuid4(), text="hello")
        writer.add(draft, on_done)
    await writer.worker.task
    assert outcomes == [2]
    assert "this one only" in caplog.text


async def test_a_draft_that_cannot_be_stored_does_not_affect_others(ann, bob, room, stored):
    writer, outcomes = Writer(), {}
    await type(bob).objects.filter(pk=bob.pk).adelete()
    for author, text in ((ann, "one"), (bob, "from nobody"), (ann, "two")):
        draft = messages.Draft(room.pk, author, uuid.uuid4(), text)
        writer.add(draft, lambda draft, outcome: outcomes.update({draft.text: outcome}))
    await writer.worker.task
    assert outcomes["from nobody"] == messages.Rejected("unavailable")
    assert await stored() == [(1, "ann", "one"), (2, "ann", "two")]


async def test_the_next_batch_fills_up_while_one_is_committing(ann, room, monkeypatch):
    batches = record(monkeypatch, messages, "store")
    writer, done = Writer(), []

    def draft(text):
        return Message(room=room, author=ann, client_id=uuid.uuid4(), text=text)

    writer.add(draft("first"), lambda *args: done.append(args))
    await asyncio.sleep(0)
    for number in range(10):
        writer.add(draft(str(number)), lambda *args: done.append(args))
    await writer.worker.task
    assert [len(drafts) for (drafts,) in batches] == [1, 10]
    assert [outcome.text for _, outcome in done] == ["first", *"0123456789"]


async def test_near_simultaneous_messages_share_a_batch(ann, room, monkeypatch):
    batches = record(monkeypatch, messages, "store")
    writer, loop = Writer(), asyncio.get_running_loop()

    def add(text, done=lambda *args: None):
        writer.add(Message(room=room, author=ann, client_id=uuid.uuid4(), text=text), done)

    def answer(*args):
        add("at once")
        loop.call_soon(add, "a moment later")

    add("first")
    add("second", answer)
    await writer.worker.task
    assert [len(drafts) for (drafts,) in batches] == [2, 2]


async def test_the_writer_does_not_wait_if_the_batch_is_as_large_as_the_last_one(
    ann, room, monkeypatch
):
    batches = record(monkeypatch, messages, "store")
    pauses = record(monkeypatch, asyncio, "wait_for")
    writer = Writer()

    def add(text, done=lambda *args: None):
        writer.add(Message(room=room, author=ann, client_id=uuid.uuid4(), text=text), done)

    add("first", lambda *args: add("first answer"))
    add("second", lambda *args: add("second answer"))
    await asyncio.wait([writer.worker.task])
    assert [len(drafts) for (drafts,) in batches] == [2, 2]
    assert len(pauses) == 1  # after the answers: these get no answer


def test_a_batch_takes_a_few_queries_at_any_length(ann, room):
    from django.db import connection

    def queries(count):
        drafts = [
            Message(room=room, author=ann, client_id=uuid.uuid4(), text="x") for _ in range(count)
        ]
        with (
            CaptureQueriesContext(
                connection,
            ) as captured,
            transaction.atomic(),
        ):
            messages.store(drafts)
        return len(captured)

    assert queries(1) == queries(40)


async def test_messages_waiting_for_the_layer_are_sent_as_one_event(
    connect, ann, room, monkeypatch
):
    await connect(ann)
    sent = record(monkeypatch, get_channel_layer(), "group_send")
    busy = hub.hubs[room.pk]
    for number in range(20):
        busy.publisher.publish(frame=f'{{"type":"typing","user":"{number}"}}')
    await busy.publisher.worker.task
    assert [len(event["items"]) for _, event in sent] == [20]


async def test_sockets_in_the_same_process_do_not_wait_for_the_layer(
    connect, ann, bob, room, layer, monkeypatch
):
    author, listener = await connect(ann), await connect(bob)
    slow, go_on, send = get_channel_layer(), asyncio.Event(), get_channel_layer().group_send

    async def group_send(*args):
        await go_on.wait()
        await send(*args)

    monkeypatch.setattr(slow, "group_send", group_send)
    await author.say("hello")
    assert await listener.texts(1) == ["hello"]
    assert not go_on.is_set()
    go_on.set()
    await hub.hubs[room.pk].publisher.worker.task
    await author.say("again")
    assert await listener.texts(1) == ["again"]


async def test_joins_and_leaves_under_load_lose_nothing(connect, ann, bob, room, layer, settings):
    settings.CHAT.update(MESSAGE_BURST=1000, USER_SOCKETS=1000, UNCONFIRMED_MESSAGES=10_000)
    author, steady = await connect(ann), await connect(bob)
    finished = asyncio.Event()

    async def come_and_go():
        rounds = 0
        while not finished.is_set() or rounds < 3:
            visitor = await connect(bob)
            await visitor.hear("messages") if not finished.is_set() else None
            await visitor.disconnect()
            rounds += 1

    async def write():
        for number in range(150):
            await author.say(str(number))
            await author.hear("ack")
        finished.set()
        for _ in range(3):
            await author.say("for the last ones who came")
            await author.hear("ack")

    await asyncio.gather(write(), *(come_and_go() for _ in range(3)))
    assert (await steady.texts(153))[:150] == [str(number) for number in range(150)]
    assert len(hub.hubs[room.pk].sockets) == 2


async def test_a_room_that_empties_and_refills_at_once_still_receives_events(
    connect, ann, bob, room, layer
):
    for number in range(10):
        author, listener = await connect(ann), await connect(bob)
        await author.say(str(number))
        assert await listener.texts(1) == [str(number)]
        await asyncio.gather(author.disconnect(), listener.disconnect())


async def test_a_layer_that_is_down_at_first_is_used_later(
    connect, ann, bob, room, monkeypatch, settings
):
    settings.CHAT["BEAT_SECONDS"] = 0.2
    layer, away = get_channel_layer(), True
    add = layer.group_add

    async def group_add(*args):
        if away:
            raise OSError("the layer is down")
        await add(*args)

    monkeypatch.setattr(layer, "group_add", group_add)
    author, listener = await connect(ann), await connect(bob)
    away = False
    await author.say("hello")
    assert await listener.texts(1) == ["hello"]


async def test_a_channel_without_listeners_is_not_renewed(connect, ann, room, monkeypatch):
    monkeypatch.setattr(hub, "RESUBSCRIBE_DELAY", 3600)
    await connect(ann)
    layer, subscription = get_channel_layer(), hub.hubs[room.pk].subscription
    discarded = record(monkeypatch, layer, "group_discard")
    await layer.group_send(subscription.group, {"type": "room.event"})  # without items: it fails
    async with asyncio.timeout(patience.SECONDS):
        while not discarded:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    added = record(monkeypatch, layer, "group_add")
    await subscription.renew()
    assert added == []


async def test_a_send_queue_is_bounded(connect, ann, room):
    visitor = await connect(ann)
    [member] = hub.hubs[room.pk].sockets
    member.send_queue.task.cancel()
    frame = '{"type":"typing","user":"bob"}'
    size = member.send_queue.size
    while not member.ended:
        assert size < 1_048_576
        size += len(frame)
        member.relay(frame)
    assert not hub.hubs
    assert await visitor.closed() == 4408


async def test_a_hub_stops_even_if_its_cancellation_was_swallowed(
    connect, ann, room, settings, monkeypatch
):
    settings.CHAT["BEAT_SECONDS"] = 0.05
    visitor = await connect(ann)
    left, reached = hub.hubs[room.pk], asyncio.Event()

    async def swallow_once():
        if not reached.is_set():
            reached.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)

    monkeypatch.setattr(left.presence, "renew", swallow_once)
    await asyncio.wait_for(reached.wait(), patience.SECONDS)
    await visitor.disconnect()
    await asyncio.wait(left.tasks, timeout=patience.SECONDS)
    assert all(task.done() for task in left.tasks)


async def test_failed_preparations_are_retried_once_the_head_is_known(
    connect, ann, room, monkeypatch
):
    waiting, load = hub.Hub(room.pk), read_marks.load_highest
    waiting.subscription.tried.set()

    async def fail(room_id):
        raise OSError("the database is away")

    monkeypatch.setattr(read_marks, "load_highest", fail)
    with pytest.raises(OSError, match="away"):
        await waiting.wait_until_ready(0)
    monkeypatch.setattr(read_marks, "load_highest", load)
    await waiting.feed.catch_up_from_db()  # as a heartbeat does
    await waiting.wait_until_ready(0)


async def test_a_gap_that_cannot_be_read_does_not_block_other_events(
    connect, ann, bob, room, layer, monkeypatch
):
    visitor = await connect(ann)
    subscription, read = hub.hubs[room.pk].subscription, messages.read
    channel = subscription.channel

    async def fail(*args):
        raise OSError("the database is away")

    monkeypatch.setattr(messages, "read", fail)
    frame = protocol.encode("typing", user="bob")
    await hub.send_to_group(room.pk, [{"seq": 9, "encoded": "{}"}, {"frame": frame}])
    assert (await visitor.hear("typing"))["user"] == "bob"
    monkeypatch.setattr(messages, "read", read)
    assert subscription.channel == channel


async def test_an_error_while_the_layer_is_down_does_not_block_later_events(
    connect, ann, room, monkeypatch
):
    await connect(ann)
    busy = hub.hubs[room.pk]
    await until_called(busy.presence.announcement)
    await busy.publisher.worker.task

    async def fail(*args):
        raise OSError("away")

    async def fail_and_queue(events):
        monkeypatch.undo()
        busy.publisher.publish(frame=protocol.encode("typing", user="bob"))
        raise OSError("away as well")

    monkeypatch.setattr(get_channel_layer(), "group_send", fail)
    monkeypatch.setattr(busy, "receive", fail_and_queue)
    busy.publisher.publish(frame=protocol.encode("typing", user="carl"))
    await busy.publisher.worker.task
    assert not busy.publisher.queue


async def test_a_layer_that_stays_down_does_not_fill_memory(
    connect, ann, room, monkeypatch, settings
):
    pubsub = {"BACKEND": LAYERS["pubsub"], "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]}}
    settings.CHANNEL_LAYERS = {"default": pubsub}
    monkeypatch.setattr(hub, "RESUBSCRIBE_DELAY", 0)
    tries = record(monkeypatch, hub, "send_to_group")
    await connect(ann)
    async with asyncio.timeout(patience.SECONDS):
        while len(tries) < 10:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert len(get_channel_layer().channels) <= 1


async def test_a_lone_tab_that_reconnects_keeps_its_hub(connect, ann, room):
    await connect(ann, tab="one")
    busy = hub.hubs[room.pk]
    await connect(ann, tab="one")
    assert hub.hubs[room.pk] is busy and len(busy.sockets) == 1
