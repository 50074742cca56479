"""A single user can't overload a process."""

import itertools
from types import SimpleNamespace

import pytest

from chat_app import consumers, flow_control, hub, limits
from chat_app.limits import TokenBucket


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(limits, "time", clock)
    return clock


@pytest.fixture
def clock_of_sockets(monkeypatch):
    """A clock that advances with every reading, so no two sockets are silent equally long."""
    ticks = itertools.count()
    monkeypatch.setattr(consumers, "time", SimpleNamespace(monotonic=lambda: next(ticks)))


def test_a_bucket_allows_its_burst_and_then_its_rate(clock):
    bucket = TokenBucket(10, 2)
    assert [bucket.take() for _ in range(10)] == [0] * 10
    assert bucket.take() == 0.5
    clock.now += 0.5
    assert bucket.take() == 0
    assert bucket.take() == 0.5


def test_a_bucket_never_holds_more_than_its_burst(clock):
    bucket = TokenBucket(3, 2)
    clock.now += 1000
    assert [bucket.take() > 0 for _ in range(4)] == [False, False, False, True]


def test_a_wait_of_less_than_a_millisecond_is_not_rounded_to_zero(clock):
    bucket = TokenBucket(1, 1)
    assert bucket.take() == 0
    clock.now += 0.9998
    assert bucket.take() == 0.001
    clock.now += 0.001
    assert bucket.take() == 0


async def test_the_eleventh_message_at_once_has_to_wait(connect, ann, room, stored, clock):
    visitor = await connect(ann)
    for number in range(11):
        client_id = await visitor.say(str(number))
    error = await visitor.hear("error")
    assert (error["code"], error["ref"], error["retry_after"]) == ("rate_limited", client_id, 0.5)
    clock.now += error["retry_after"]
    await visitor.say("10", client_id)
    while (await visitor.hear("ack"))["seq"] < 11:
        pass
    assert len(await stored()) == 11


async def test_the_rate_limit_is_per_user_not_per_socket(connect, ann, bob, room, clock):
    first, second, other = await connect(ann), await connect(ann), await connect(bob)
    for number in range(10):
        await first.say(str(number))
        await first.hear("ack")
    await second.say("one too many")
    assert (await second.hear("error"))["code"] == "rate_limited"
    await other.say("hello")
    await other.hear("ack")


async def test_a_client_that_does_not_slow_down_is_disconnected(connect, ann, room, clock):
    visitor = await connect(ann)
    for number in range(10 + 300 + 1):
        await visitor.say(str(number))
    assert await visitor.closed() == 4429


async def test_endless_invalid_frames_also_end_in_a_close(connect, ann, room, clock):
    visitor = await connect(ann)
    for _ in range(301):
        await visitor.send_to(text_data="{")
    assert await visitor.closed() == 4429


async def test_typing_is_relayed_once_a_second(connect, ann, bob, room, clock):
    typer, other = await connect(ann), await connect(bob)
    for _ in range(50):
        await typer.tell("typing")
    await typer.fence()
    clock.now += 1
    await typer.tell("typing")
    await typer.fence()
    heard = [frame["type"] for frame in await other.fence()]
    assert heard.count("typing") == 2


async def test_many_seen_frames_are_stored_and_relayed_once(connect, ann, bob, room):
    author, reader = await connect(ann), await connect(bob)
    for number in range(10):
        await author.say(str(number))
    await reader.texts(10)
    for seq in range(1, 11):
        await reader.tell("seen", seq=seq)
    await reader.fence()
    relayed = []
    while 10 not in relayed:
        relayed.append((await author.hear("seen"))["seq"])
    assert len(relayed) <= 2


async def test_sync_is_limited(connect, ann, room, clock):
    visitor = await connect(ann)
    for _ in range(21):
        await visitor.tell("sync", after=0)
    error = await visitor.hear("error")
    assert (error["code"], error["ref"]) == ("rate_limited", None)
    assert error["retry_after"] == pytest.approx(0.2)


async def test_too_many_sockets_close_the_longest_silent_one(
    connect, ann, bob, room, clock_of_sockets
):
    sockets = [await connect(ann) for _ in range(5)]
    await sockets[0].fence()  # now the second one is silent longest
    bystander = await connect(bob)
    sixth = await connect(ann)
    assert await sockets[1].closed() == 4409
    for visitor in (*sockets[3:], sixth, sockets[0], bystander):
        await visitor.fence()
    again = await connect(ann)
    assert await sockets[2].closed() == 4409
    await again.fence()


async def test_a_tab_that_reconnects_replaces_its_own_earlier_socket(
    connect, ann, bob, room, clock_of_sockets
):
    others = [await connect(ann, tab=f"tab-{number}") for number in range(4)]
    dead = await connect(ann, tab="mobile")
    stranger = await connect(bob, tab="mobile")
    await dead.fence()  # it is not the one that is silent longest
    await connect(ann, tab="mobile")
    assert await dead.closed() == 4409
    for visitor in (*others, stranger):
        await visitor.fence()


async def test_a_displaced_socket_leaves_its_room_at_once(connect, ann, room):
    sockets = [await connect(ann) for _ in range(6)]
    assert await sockets[0].closed() == 4409
    assert len(hub.hubs[room.pk].sockets) == 5


async def test_closed_sockets_make_room_for_others(connect, ann, room):
    for _ in range(3):
        sockets = [await connect(ann) for _ in range(5)]
        for visitor in sockets:
            await visitor.fence()
            await visitor.disconnect()
    assert limits.users[ann.pk].sockets == []


def test_unneeded_limits_are_forgotten(clock):
    """However many users come and go, only those from the last few seconds are remembered."""
    most = 0
    for user_id in range(20_000):
        socket = SimpleNamespace(tab="", last_heard=0)
        user_limits, _ = limits.add_socket(user_id, socket)
        user_limits.messages.take()
        limits.remove_socket(user_id, socket)
        clock.now += 0.01
        most = max(most, len(limits.users))
    assert most <= limits.SWEEP_AT_LEAST


def test_exhausted_limits_are_kept(clock):
    spender = SimpleNamespace(tab="", last_heard=0)
    user_limits, _ = limits.add_socket("spender", spender)
    for _ in range(300):
        user_limits.refusals.take()
    limits.remove_socket("spender", spender)
    for user_id in range(3 * limits.SWEEP_AT_LEAST):
        socket = SimpleNamespace(tab="", last_heard=0)
        limits.add_socket(user_id, socket)
        limits.remove_socket(user_id, socket)
    assert limits.users["spender"] is user_limits


def test_an_incompatible_daphne_is_reported_once(monkeypatch, caplog):
    monkeypatch.setattr(flow_control, "has_warned", False)

    def send(event):
        """Stand in for what a later Daphne might pass to the application."""

    send.__module__ = "daphne.server"
    for _ in range(2):
        assert flow_control.wait_for_reader(send) is send
    assert flow_control.wait_for_reader(print) is print
    assert [record.levelname for record in caplog.records] == ["WARNING"]
