"""Entering a room: many people at once, and people who aren't allowed in."""

import asyncio
import logging
from types import SimpleNamespace

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from chat_app import consumers, database, hub, leases, limits, messages
from chat_app import entrance as entering
from chat_app.entrance import Entrance
from chat_app.models import Membership
from chat_app.send_queue import SendQueueFull
from tests.conftest import log_in


@database_sync_to_async
def make_people(count):
    """Create that many users and return their session keys."""
    users = [get_user_model().objects.create(username=f"user-{number}") for number in range(count)]
    return [log_in(user).cookies["sessionid"].value for user in users]


def record_batches(monkeypatch):
    """Record the requests in each batch that's looked up."""
    batches, look_up = [], entering.look_up

    async def recorder(wanted):
        batches.append(wanted)
        return await look_up(wanted)

    monkeypatch.setattr(entering, "look_up", recorder)
    return batches


async def test_sockets_that_arrive_together_are_admitted_together(room, monkeypatch):
    batches, keys = record_batches(monkeypatch), await make_people(70)
    entrance = Entrance()
    admissions = await asyncio.gather(*(entrance.enter(key, "lobby") for key in keys))
    assert [len(batch) for batch in batches] == [64, 6]
    assert [admission.user.username for admission in admissions] == [
        f"user-{number}" for number in range(70)
    ]
    assert {admission.room_id for admission in admissions} == {room.pk}
    assert await Membership.objects.filter(room=room).acount() == 70


async def test_a_batch_takes_as_few_queries_as_one_socket(room):
    keys = await make_people(40)

    @database_sync_to_async
    def queries(session_keys):
        with CaptureQueriesContext(connection) as captured:
            entering.look_up.func([(key, "lobby") for key in session_keys])
        return len(captured)

    assert await queries(keys[:1]) == await queries(keys) == 4


async def test_a_socket_that_has_closed_is_not_looked_up(room, monkeypatch):
    batches, [first, gone, last] = record_batches(monkeypatch), await make_people(3)
    entrance = Entrance()
    tasks = [asyncio.create_task(entrance.enter(key, "lobby")) for key in (first, gone, last)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.wait(tasks)
    assert batches == [[(first, "lobby"), (last, "lobby")]]


async def test_a_client_that_disconnects_while_waiting_leaves_the_queue(
    connect, ann, room, monkeypatch
):
    go_on, look_up = asyncio.Event(), entering.look_up

    async def look_up_later(wanted):
        await go_on.wait()
        return await look_up(wanted)

    monkeypatch.setattr(entering, "look_up", look_up_later)
    visitor = await connect(ann, welcome=False)
    await visitor.disconnect()
    go_on.set()
    assert (await connect(ann)).welcome["count"] == 1
    assert len(hub.hubs[room.pk].sockets) == 1


async def test_a_client_that_waits_long_is_told_that_the_server_is_alive(
    connect, ann, room, monkeypatch
):
    go_on, look_up = asyncio.Event(), entering.look_up

    async def look_up_later(wanted):
        await go_on.wait()
        return await look_up(wanted)

    monkeypatch.setattr(entering, "look_up", look_up_later)
    monkeypatch.setattr(consumers, "WAITING_SECONDS", 0.01)
    visitor = await connect(ann, welcome=False)
    assert await visitor.next() == await visitor.next() == {"type": "waiting"}
    go_on.set()
    await visitor.hear("welcome")
    frames = await visitor.fence() + await visitor.fence()
    assert "waiting" not in [frame["type"] for frame in frames]


async def test_frames_sent_before_the_welcome_are_answered_after_it(connect, ann, room):
    visitor = await connect(ann, welcome=False)
    await visitor.say("too early?")
    frames = [frame["type"] for frame in await visitor.until("ack")]
    assert frames[0] == "welcome"


async def test_a_socket_that_cannot_enter_does_not_stay_in_the_room(
    connect, ann, bob, room, monkeypatch, caplog
):
    """Reading the messages fails after the socket has joined the hub."""
    read = messages.read

    async def fail(*args):
        raise DatabaseError("away")

    monkeypatch.setattr(messages, "read", fail)
    for _ in range(20):
        visitor = await connect(bob, welcome=False)
        assert await visitor.closed() == 4503
    assert not hub.hubs and not leases.rooms
    lines = [line for line in caplog.records if line.levelno >= logging.WARNING]
    assert len(lines) == 1, caplog.text
    monkeypatch.setattr(messages, "read", read)
    assert (await connect(ann)).welcome["here"] == ["ann"]


async def test_a_room_that_failed_at_first_can_be_entered_later(
    connect, ann, bob, room, monkeypatch
):
    read, away = messages.read, True

    async def fail_at_first(*args):
        if away:
            raise DatabaseError("away")
        return await read(*args)

    monkeypatch.setattr(messages, "read", fail_at_first)
    assert await (await connect(bob, welcome=False)).closed() == 4503
    away = False
    assert (await connect(bob)).welcome["count"] == 1


async def test_a_database_error_while_entering_closes_the_socket(connect, ann, room, monkeypatch):
    async def fail(requests):
        raise DatabaseError("away")

    monkeypatch.setattr(entering, "look_up", fail)
    assert await (await connect(ann, welcome=False)).closed() == 4503


async def test_the_welcome_counts_messages_that_were_never_announced(connect, ann, bob, room):
    """The hub is behind the database. It catches up before it welcomes anyone."""
    await connect(ann)
    draft = messages.Draft(room.pk, ann, "12345678-1234-4234-8234-123456789abc", "not announced")
    await database.in_write_thread(messages.store)([draft])
    assert (await connect(bob)).welcome["head"] == 1


async def test_a_socket_that_closes_while_waiting_is_sent_nothing_more(monkeypatch):
    consumer = consumers.ChatConsumer()
    consumer.send_queue = SimpleNamespace(put=refuse, close=lambda: None)
    consumer.base_send = lambda event: asyncio.sleep(0)
    consumer.say_waiting()
    assert consumer.ended and consumer.waiting_timer is None


def refuse(frame):
    raise SendQueueFull


async def test_a_socket_that_could_not_join_leaves_no_trace(connect, ann, room, monkeypatch):
    def fail(room_id, socket):
        raise OSError("no more memory")

    monkeypatch.setattr(hub, "join", fail)
    assert await (await connect(ann, welcome=False)).closed() == 4503
    assert limits.users[ann.pk].sockets == []
