"""One user cannot wear a process down for the others."""

from types import SimpleNamespace

import pytest

from chat_app import limits
from chat_app.limits import Bucket


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=1000.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(limits, "time", clock)
    return clock


def test_a_bucket_gives_its_burst_and_then_as_it_gains(clock):
    bucket = Bucket(10, 2)
    assert [bucket.wait() for _ in range(10)] == [0] * 10
    assert bucket.wait() == 0.5
    clock.now += 0.5
    assert bucket.wait() == 0
    assert bucket.wait() == 0.5


def test_a_bucket_never_holds_more_than_its_burst(clock):
    bucket = Bucket(3, 2)
    clock.now += 1000
    assert [bucket.wait() > 0 for _ in range(4)] == [False, False, False, True]


async def test_ten_messages_at_once_and_then_a_wait(connect, ann, room, stored, clock):
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


async def test_the_rate_is_the_users_and_not_the_sockets(connect, ann, bob, room, clock):
    first, second, other = await connect(ann), await connect(ann), await connect(bob)
    for number in range(10):
        await first.say(str(number))
        await first.hear("ack")
    await second.say("one too many")
    assert (await second.hear("error"))["code"] == "rate_limited"
    await other.say("hello")
    await other.hear("ack")


async def test_who_will_not_slow_down_is_closed(connect, ann, room, clock):
    visitor = await connect(ann)
    for number in range(10 + 300 + 1):
        await visitor.say(str(number))
    assert await visitor.closed() == 4429


async def test_endless_nonsense_is_closed_too(connect, ann, room, clock):
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


async def test_a_sixth_socket_of_a_user_is_closed(connect, ann, bob, room):
    sockets = [await connect(ann) for _ in range(5)]
    sixth = await connect(ann, welcome=False)
    assert sixth.accepted and await sixth.closed() == 4409
    await connect(bob)
    await sockets[0].disconnect()
    await sixth.disconnect()
    await connect(ann)
