"""Presence: the same rules for one process's dict and for the sorted set in Redis."""

import asyncio
from types import SimpleNamespace

import pytest
from redis import Redis

from chat_app import hub, leases, presence
from tests import patience
from tests.conftest import until_called, use_redis


@pytest.fixture(params=["process", "redis"])
def store(request, settings):
    if request.param == "redis":
        use_redis(settings, request.getfixturevalue("redis_url"), "pubsub")


async def news_of(watcher, user):
    """Return whether this user is here, according to the next frame that mentions them."""
    while user not in (users := (await watcher.hear("presence"))["users"]):
        pass
    return users[user]


async def test_a_user_with_a_lease_is_here_until_it_ends(store):
    await leases.save(1, {"ann tab1": 60, "bob tab1": 60})
    assert await leases.load(1) == {"ann", "bob"}
    await leases.save(1, {"bob tab1": -1})
    assert await leases.load(1) == {"ann"}


async def test_a_user_with_another_lease_is_still_here(store):
    await leases.save(1, {"ann tab1": -1, "ann tab2": 60})
    assert await leases.load(1) == {"ann"}


async def test_a_name_with_a_space_is_one_name(store):
    await leases.save(1, {"ann of the lake tab1": 60})
    assert await leases.load(1) == {"ann of the lake"}


async def test_rooms_are_independent_of_each_other(store):
    await leases.save(1, {"ann tab1": 60})
    assert await leases.load(2) == set()


@pytest.mark.parametrize("skew", [-70, 70])
async def test_different_clocks_make_no_difference(settings, redis_url, monkeypatch, skew):
    """Only Redis's clock counts, whatever this machine's clock says."""
    use_redis(settings, redis_url, "pubsub")
    await leases.save(1, {"ann tab1": 60})
    clock = SimpleNamespace(**{name: lambda: 1e9 + skew for name in ("time", "monotonic")})
    monkeypatch.setattr(leases, "time", clock)
    await leases.save(1, {"bob tab1": 60})
    monkeypatch.undo()
    assert await leases.load(1) == {"ann", "bob"}


async def test_arrivals_and_departures_are_announced(connect, ann, bob, room, layer):
    watcher = await connect(ann)
    visitor = await connect(bob)
    assert visitor.welcome["here"] == ["ann", "bob"]
    assert visitor.welcome["count"] == 2
    assert await news_of(watcher, "bob") is True
    await visitor.disconnect()
    assert await news_of(watcher, "bob") is False


async def test_closing_a_second_tab_is_not_a_departure(connect, ann, bob, room, layer):
    watcher, first, second = await connect(ann), await connect(bob), await connect(bob)
    await second.disconnect()
    await first.disconnect()
    news = []
    while not news or news[-1]:
        news.append(await news_of(watcher, "bob"))
    assert news in ([True, False], [False])


async def test_a_reload_is_neither_a_departure_nor_an_arrival(
    connect, ann, bob, room, settings, layer
):
    settings.CHAT["GRACE_SECONDS"] = 60
    watcher, first = await connect(ann), await connect(bob)
    assert await news_of(watcher, "bob") is True
    await first.disconnect()
    await connect(bob)
    here = hub.hubs[room.pk].presence
    await here.load()
    assert here.names == ["ann", "bob"] and not here.departed
    assert not any("bob" in frame.get("users", ()) for frame in await watcher.fence())


async def test_other_processes_are_told_about_arrivals_and_departures(
    connect, ann, room, settings, redis_url
):
    """Other processes' announcements are shown before the next heartbeat."""
    use_redis(settings, redis_url, "pubsub")
    watcher = await connect(ann)
    await hub.send_to_group(room.pk, [{"presence": {"bob": True}}])
    assert await news_of(watcher, "bob") is True
    await hub.send_to_group(room.pk, [{"presence": {"bob": False, "ann": False}}])
    assert await news_of(watcher, "bob") is False
    assert hub.hubs[room.pk].presence.names == ["ann"]


async def test_the_heartbeat_renews_a_lease(connect, ann, room, settings):
    settings.CHAT.update(BEAT_SECONDS=0.1, LEASE_SECONDS=0.5)
    await connect(ann)
    [before] = leases.rooms[room.pk].values()
    async with asyncio.timeout(patience.SECONDS):
        while [before] == list(leases.rooms[room.pk].values()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert min(leases.rooms[room.pk].values()) > before


async def test_the_heartbeat_notices_a_crashed_process(connect, ann, room, settings, store):
    settings.CHAT["BEAT_SECONDS"] = 0.1
    await leases.save(room.pk, {"bob elsewhere": 60})
    watcher = await connect(ann)
    assert watcher.welcome["here"] == ["ann", "bob"]
    await leases.save(room.pk, {"bob elsewhere": -1})
    while await news_of(watcher, "bob"):
        pass


async def test_a_full_room_sends_a_count_and_only_the_first_names(
    connect, ann, bob, room, monkeypatch
):
    monkeypatch.setattr(presence, "MAX_NAMES", 3)
    watcher = await connect(bob)
    await news_of(watcher, "bob")
    for number in range(5):
        hub.hubs[room.pk].presence.arrive(f"carl-{number}")
    frame = await watcher.hear("presence")
    assert (frame["count"], frame["users"]) == (6, {"carl-0": True, "carl-1": True})
    newcomer = await connect(ann)
    assert newcomer.welcome["here"] == ["ann", "bob", "carl-0"]
    assert newcomer.welcome["count"] == 7
    frame = await watcher.hear("presence")
    assert (frame["count"], frame["users"]) == (7, {"ann": True, "carl-1": False})
    await newcomer.disconnect()
    while (frame := await watcher.hear("presence"))["count"] == 7:
        pass
    assert (frame["count"], frame["users"]) == (6, {"ann": False, "carl-1": True})


@pytest.mark.parametrize("most", [50, 1])
async def test_newcomers_are_told_about_people_who_return_before_the_next_frame(
    connect, ann, bob, room, monkeypatch, most
):
    """This also works if the name isn't among those shown, so only the count changes."""
    monkeypatch.setattr(presence, "MAX_NAMES", most)
    await connect(bob)
    here = hub.hubs[room.pk].presence
    await until_called(here.frame)
    here.frame.get_delay = lambda: 3600  # the frames are sent below
    here.note("carl", True)
    here.send_frame()
    here.note("carl", False)
    newcomer = await connect(bob)
    assert (newcomer.welcome["here"], newcomer.welcome["count"]) == (["bob"], 1)
    here.note("carl", True)
    here.send_frame()
    [frame] = [frame for frame in await newcomer.fence() if frame["type"] == "presence"]
    assert (frame["count"], frame["users"].get("carl", False)) == (2, most > 1)


async def test_presence_updates_share_one_frame(connect, ann, room):
    watcher = await connect(ann)
    await watcher.hear("presence")
    for number in range(30):
        hub.hubs[room.pk].presence.arrive(f"user-{number}")
    assert len((await watcher.hear("presence"))["users"]) == 30


@pytest.mark.parametrize(("sockets", "seconds"), [(2, 0.2), (300, 3), (5000, 10)])
async def test_a_full_room_gets_fewer_presence_frames(monkeypatch, sockets, seconds):
    monkeypatch.setattr(presence, "BATCH_SECONDS", 0.2)
    crowd = SimpleNamespace(sockets=range(sockets))
    assert presence.RoomPresence(crowd).seconds_until_frame() == seconds


async def test_many_arrivals_take_one_write_to_the_store(connect, ann, room, monkeypatch):
    await connect(ann)
    written, save = [], leases.save

    async def record(room_id, durations):
        written.append(len(durations))
        await save(room_id, durations)

    monkeypatch.setattr(leases, "save", record)
    for number in range(30):
        hub.hubs[room.pk].presence.arrive(f"user-{number}")
    await hub.hubs[room.pk].presence.saving.task
    assert written == [30]


async def test_only_the_two_highest_read_marks_are_broadcast(connect, ann, room):
    watcher = await connect(ann)
    marks = hub.hubs[room.pk].read_marks

    def announce(**news):
        marks.news |= news
        marks.announcement.schedule()

    announce(**{f"user-{number}": number for number in range(30)})
    frames = [await watcher.hear("seen"), await watcher.hear("seen")]
    assert {frame["user"] for frame in frames} == {"user-28", "user-29"}
    announce(**{"user-3": 28, "user-4": 30})
    assert (await watcher.hear("seen"))["user"] == "user-4"
    assert marks.of_others("user-4") == 29 and marks.of_others("ann") == 30


async def test_a_socket_opens_even_without_redis(connect, ann, room, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert (await connect(ann)).welcome["here"] == ["ann"]
    assert "loading presence failed" in caplog.text


async def test_presence_reaches_redis_once_it_is_available(
    connect, ann, bob, room, settings, own_redis
):
    settings.REDIS_URL = own_redis.url
    settings.CHAT["BEAT_SECONDS"] = 0.1
    await connect(ann)
    assert (await connect(bob)).welcome["here"] == ["ann", "bob"]
    await asyncio.to_thread(own_redis.start)
    async with asyncio.timeout(patience.SECONDS):
        while {"ann", "bob"} != await leases.load(room.pk):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_silent_redis_does_not_hold_up_a_socket(connect, ann, room, settings, own_redis):
    """The socket waits for the subscription and the leases, but only a moment for each."""
    await asyncio.to_thread(own_redis.start)
    use_redis(settings, own_redis.url, "pubsub")
    own_redis.silence()
    try:
        assert (await connect(ann)).welcome["here"] == ["ann"]
    finally:
        own_redis.wake()


async def test_leases_in_redis_expire(settings, redis_url):
    use_redis(settings, redis_url, "pubsub")
    await leases.save(7, {"ann tab1": 60})
    with Redis.from_url(redis_url) as client:
        assert 60 < client.ttl("presence:7") <= 121
    await leases.save(7, {"ann tab1": -1})
    await leases.load(7)
    with Redis.from_url(redis_url) as client:
        assert not client.exists("presence:7")
