"""Who is here: the same rules on the dict of one process and on the sorted set of Redis."""

import asyncio
from types import SimpleNamespace

import pytest
from redis import Redis

from chat_app import hub, presence
from tests.conftest import use_redis


@pytest.fixture(params=["process", "redis"])
def store(request, settings):
    if request.param == "redis":
        use_redis(settings, request.getfixturevalue("redis_url"), "pubsub")


@pytest.fixture
def clock(monkeypatch):
    """The time that leases are measured with; a test sets it forward instead of waiting."""

    clock = SimpleNamespace(now=1_000_000.0, time=lambda: clock.now)
    monkeypatch.setattr(presence, "time", clock)
    return clock


async def news_of(watcher, user):
    """What the next frame that speaks of this user says: here or not."""
    while user not in (users := (await watcher.hear("presence"))["users"]):
        pass
    return users[user]


async def test_the_first_lease_of_a_user_is_an_arrival(store, clock):
    assert await presence.update(1, "ann tab1", seconds=60) == ({"ann"}, {"ann"}, set())
    assert await presence.update(1, "ann tab2", seconds=60) == ({"ann"}, set(), set())
    assert await presence.update(1, "bob tab1", seconds=60) == ({"ann", "bob"}, {"bob"}, set())


async def test_a_renewed_lease_is_no_arrival(store, clock):
    await presence.update(1, "ann tab1", seconds=60)
    clock.now += 50
    assert await presence.update(1, "ann tab1", seconds=60) == ({"ann"}, set(), set())
    clock.now += 50
    assert await presence.update(1) == ({"ann"}, set(), set())


async def test_a_crashed_process_is_noticed_when_its_leases_end(store, clock):
    await presence.update(1, "ann tab1", seconds=60)
    clock.now += 59
    assert await presence.update(1) == ({"ann"}, set(), set())
    clock.now += 2
    assert await presence.update(1) == (set(), set(), {"ann"})


async def test_only_one_announces_that_a_user_left(store, clock):
    await presence.update(1, "ann tab1", seconds=60)
    clock.now += 61
    results = await asyncio.gather(*(presence.update(1) for _ in range(5)))
    assert sorted(len(left) for _, _, left in results) == [0, 0, 0, 0, 1]


async def test_a_user_with_another_lease_has_not_left(store, clock):
    await presence.update(1, "ann tab1", seconds=10)
    await presence.update(1, "ann tab2", seconds=60)
    clock.now += 11
    assert await presence.update(1) == ({"ann"}, set(), set())


async def test_a_page_that_reloads_does_not_flicker(store, clock):
    await presence.update(1, "ann tab1", seconds=60)
    assert await presence.update(1, "ann tab1", seconds=10) == ({"ann"}, set(), set())
    clock.now += 5
    assert await presence.update(1, "ann tab2", seconds=60) == ({"ann"}, set(), set())
    clock.now += 10
    assert await presence.update(1) == ({"ann"}, set(), set())


async def test_rooms_do_not_know_of_each_other(store, clock):
    await presence.update(1, "ann tab1", seconds=60)
    assert await presence.update(2) == (set(), set(), set())


async def test_arrival_and_departure_are_told_to_the_room(connect, ann, bob, room, layer):
    watcher = await connect(ann)
    visitor = await connect(bob)
    assert visitor.welcome["here"] == ["ann", "bob"]
    assert await news_of(watcher, "bob") is True
    await visitor.disconnect()
    assert await news_of(watcher, "bob") is False


async def test_a_second_tab_that_closes_is_no_departure(connect, ann, bob, room, layer):
    watcher, first, second = await connect(ann), await connect(bob), await connect(bob)
    await second.disconnect()
    await first.disconnect()
    news = []
    while not news or news[-1]:
        news.append(await news_of(watcher, "bob"))
    assert news in ([True, False], [False])


async def test_the_beat_renews_a_lease(connect, ann, room, settings):
    settings.CHAT.update(BEAT_SECONDS=0.1, LEASE_SECONDS=0.5)
    await connect(ann)
    [before] = presence.rooms[room.pk].values()
    async with asyncio.timeout(5):
        while [before] == list(presence.rooms[room.pk].values()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert min(presence.rooms[room.pk].values()) > before


async def test_the_beat_notices_a_crashed_process(connect, ann, room, settings, clock):
    settings.CHAT["BEAT_SECONDS"] = 0.1
    await presence.update(room.pk, "bob elsewhere", seconds=60)
    watcher = await connect(ann)
    assert watcher.welcome["here"] == ["ann", "bob"]
    clock.now += 61
    assert await news_of(watcher, "bob") is False


async def test_news_of_many_people_travel_in_one_frame(connect, ann, room):
    watcher = await connect(ann)
    await watcher.hear("presence")
    for number in range(30):
        hub.hubs[room.pk].gather("presence", f"user-{number}", True)
    assert len((await watcher.hear("presence"))["users"]) == 30


async def test_only_the_two_who_have_read_the_furthest_are_told(connect, ann, room):
    watcher = await connect(ann)
    for number in range(30):
        hub.hubs[room.pk].gather("seen", f"user-{number}", number)
    frames = [await watcher.hear("seen"), await watcher.hear("seen")]
    assert {frame["user"] for frame in frames} == {"user-28", "user-29"}
    hub.hubs[room.pk].gather("seen", "user-3", 28)
    hub.hubs[room.pk].gather("seen", "user-4", 30)
    assert (await watcher.hear("seen"))["user"] == "user-4"


async def test_without_redis_a_socket_still_opens(connect, ann, room, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert (await connect(ann)).welcome["here"] == ["ann"]
    assert "update failed" in caplog.text


async def test_leases_in_redis_are_not_kept_for_ever(settings, redis_url, clock):
    use_redis(settings, redis_url, "pubsub")
    await presence.update(7, "ann tab1", seconds=60)
    clock.now += 61
    await presence.update(7)
    with Redis.from_url(redis_url) as client:
        assert not client.exists("presence:7")
