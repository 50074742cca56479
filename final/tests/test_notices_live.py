"""The socket for unread counts in all rooms: who gets them, when, and with how many queries."""

import os
import subprocess
import sys
import uuid

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from chat_app import background
from chat_app.messages import Draft, store
from chat_app.models import Membership, Message, Room
from chat_project.asgi import application
from notices import consumers, live
from notices.counts import count_unread
from notices.live import live_counts
from rooms.models import Ban
from tests import patience
from tests.conftest import Visitor, finish, log_in
from tests.server import PROJECT

write_in_thread = database_sync_to_async(
    lambda room, author, *texts: store(
        [Draft(room.pk, author, uuid.uuid4(), text) for text in texts]
    )
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(live, "COUNT_SECONDS", 0.02)
    yield
    live_counts.waiting.clear()
    live_counts.sockets.clear()


@pytest.fixture
def tea(ann, bob):
    """A room with both people in it."""
    room = Room.objects.create(name="tea", owner=ann)
    for user in (ann, bob):
        Membership.objects.create(room=room, user=user)
    return room


@pytest.fixture
async def listen():
    """Open the socket of a page."""
    pages = []

    async def open_socket(user=None, client=None):
        headers = [(b"host", b"localhost"), (b"origin", b"http://localhost")]
        if user or client:
            client = client or await database_sync_to_async(log_in)(user)
            cookie = f"sessionid={client.cookies['sessionid'].value}"
            headers.append((b"cookie", cookie.encode()))
        page = Visitor(application, "/ws/notices/", headers)
        pages.append(page)
        await page.connect(timeout=patience.SECONDS)
        return page

    yield open_socket
    for page in pages:
        if not page.future.done():
            await page.disconnect(timeout=patience.SECONDS)
    await finish(background.tasks)


async def rooms_of(page):
    frame = await page.next()
    assert frame["type"] in ("welcome", "counts"), frame
    return frame["rooms"]


async def until_rooms(page, rooms):
    """Wait for these counts, whatever other counts come first."""
    while await rooms_of(page) != rooms:
        pass


def unread(number, mentions=0):
    return {"unread": number, "mentions": mentions}


async def test_a_page_gets_existing_and_new_unread_counts(listen, ann, bob, tea):
    await write_in_thread(tea, ann, "one", "two")
    page = await listen(bob)
    assert await page.next() == {"type": "welcome", "rooms": {"tea": unread(2)}}
    await write_in_thread(tea, ann, "and @bob, three")
    assert await page.next() == {"type": "counts", "rooms": {"tea": unread(3, 1)}}


async def test_counts_disappear_when_read_in_another_tab(listen, ann, bob, tea):
    await write_in_thread(tea, ann, "@bob, one")
    page = await listen(bob)
    assert await rooms_of(page) == {"tea": unread(1, 1)}
    await Membership.objects.filter(user=bob).aupdate(seen=1)
    assert await rooms_of(page) == {}


async def test_new_messages_also_arrive_over_the_rooms_socket(listen, connect, ann, bob, tea):
    page = await listen(bob)
    assert await rooms_of(page) == {}
    await (await connect(ann, "tea")).say("hello @bob")
    assert await rooms_of(page) == {"tea": unread(1, 1)}


async def test_an_edit_does_not_count_as_unread(ann, bob, tea):
    def scenario():
        store([Draft(tea.pk, ann, uuid.uuid4(), "one")])
        store([Draft(tea.pk, ann, uuid.uuid4(), "@bob", Message.Kind.EDIT, 1)])
        return count_unread([bob.pk])

    counts = await database_sync_to_async(scenario)()
    assert counts == {bob.pk: {"tea": unread(1, 1)}}


async def test_after_a_removal_the_counts_disappear_at_the_next_heartbeat(listen, ann, bob, secret):
    membership = await Membership.objects.acreate(room=secret, user=bob)
    await write_in_thread(secret, ann, "@bob, a secret")
    page = await listen(bob)
    assert await rooms_of(page) == {"secret": unread(1, 1)}
    await membership.adelete()
    assert await rooms_of(page) == {}
    await write_in_thread(secret, ann, "@bob, another one")
    counts = await database_sync_to_async(count_unread)([bob.pk])
    assert counts == {}


async def test_after_a_ban_the_counts_disappear_even_if_the_membership_stays(listen, ann, bob, tea):
    await write_in_thread(tea, ann, "one")
    page = await listen(bob)
    assert await rooms_of(page) == {"tea": unread(1)}
    await Ban.objects.acreate(room=tea, user=bob)
    assert await rooms_of(page) == {}


async def test_rooms_that_the_user_has_not_entered_have_no_counts(listen, ann, bob, room, secret):
    await Membership.objects.acreate(room=room, user=ann)
    for each in (room, secret):
        await write_in_thread(each, ann, "hello @bob")
    assert await rooms_of(await listen(bob)) == {}


async def test_a_deleted_room_disappears(listen, ann, bob, tea):
    await write_in_thread(tea, ann, "@bob, one")
    page = await listen(bob)
    assert await rooms_of(page) == {"tea": unread(1, 1)}
    await tea.adelete()
    assert await rooms_of(page) == {}


async def test_visitors_who_are_not_logged_in_are_refused(listen):
    assert await (await listen()).closed() == 4401


async def test_pages_of_other_sites_are_refused(ann):
    client = await database_sync_to_async(log_in)(ann)
    cookie = f"sessionid={client.cookies['sessionid'].value}".encode()
    headers = [(b"host", b"localhost"), (b"origin", b"http://evil.example"), (b"cookie", cookie)]
    page = Visitor(application, "/ws/notices/", headers)
    accepted, _ = await page.connect(timeout=patience.SECONDS)
    assert not accepted


async def test_an_ended_session_closes_the_socket_at_the_next_heartbeat(listen, settings, ann, tea):
    settings.CHAT = {**settings.CHAT, "BEAT_SECONDS": 0.05}
    page = await listen(ann)
    assert await rooms_of(page) == {}
    await Session.objects.all().adelete()
    assert await page.closed() == 4401
    assert live_counts.sockets == {}


async def test_a_page_that_sends_anything_is_disconnected(listen, ann, tea):
    page = await listen(ann)
    await rooms_of(page)
    await page.tell("sync")
    assert await page.closed() == 4400


async def test_a_users_oldest_socket_is_closed_if_there_are_too_many(
    listen, monkeypatch, ann, bob, tea
):
    monkeypatch.setattr(live, "MAX_SOCKETS", 2)
    client = await database_sync_to_async(log_in)(ann)
    first, second, third = [await listen(client=client) for _ in range(3)]
    bobs = await listen(bob)
    assert await first.closed() == 4409
    for page in (second, third, bobs):
        assert await rooms_of(page) == {}


async def test_counts_are_repeated_so_a_page_notices_a_dead_connection(
    listen, monkeypatch, ann, tea
):
    monkeypatch.setattr(consumers, "REPEAT_SECONDS", 0.1)
    page = await listen(ann)
    assert [(await page.next())["type"] for _ in range(3)] == ["welcome", "counts", "counts"]


async def test_nothing_is_sent_without_changes(listen, ann, bob, tea):
    page = await listen(bob)
    assert await rooms_of(page) == {}
    asked = []
    count = live.count_in_thread

    async def watch(user_ids):
        asked.append(user_ids)
        return await count(user_ids)

    live.count_in_thread = watch
    try:
        while len(asked) < 3:
            await live_counts.update()
    finally:
        live.count_in_thread = count
    assert page.output_queue.empty()


async def test_users_without_sockets_are_forgotten_and_never_queried(listen, ann, tea):
    page = await listen(ann)
    await rooms_of(page)
    assert list(live_counts.sockets) == [ann.pk]
    await page.disconnect(timeout=patience.SECONDS)
    assert live_counts.sockets == {}
    await live_counts.updates.task
    assert live_counts.updates.task.done()


async def test_while_the_database_is_down_pages_are_told_to_reconnect(
    listen, monkeypatch, ann, tea
):
    async def fail(keys):
        raise OperationalError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr(live, "find_users", fail)
        assert await (await listen(ann)).closed() == 4503
    assert await rooms_of(await listen(ann)) == {}


async def test_counts_continue_after_a_database_error(listen, monkeypatch, ann, bob, tea):
    page = await listen(bob)
    assert await rooms_of(page) == {}
    count, failed = live.count_in_thread, []

    async def fail_once(user_ids):
        if not failed:
            failed.append(True)
            raise OperationalError("the database is away")
        return await count(user_ids)

    monkeypatch.setattr(live, "count_in_thread", fail_once)
    await write_in_thread(tea, ann, "one")
    assert await rooms_of(page) == {"tea": unread(1)}
    assert failed


def make_people(number, room):
    users = [
        get_user_model()(username=f"user{each}", plain_username=f"user{each}")
        for each in range(number)
    ]
    users = get_user_model().objects.bulk_create(users)
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in users)
    return [user.pk for user in users]


def test_counts_for_500_people_take_as_many_queries_as_for_one(ann, tea):
    people = make_people(500, tea)
    store([Draft(tea.pk, ann, uuid.uuid4(), "hello @user7")])
    for user_ids in (people[:1], people):
        with CaptureQueriesContext(connection) as queries:
            counts = count_unread(user_ids)
        assert len(queries) == 2, [query["sql"] for query in queries]  # the second is for bans
        assert set(counts) == set(user_ids)
    assert counts[people[7]] == {"tea": unread(1, 1)}
    assert counts[people[8]] == {"tea": unread(1)}


async def test_simultaneous_sockets_are_admitted_with_shared_queries(listen, ann, bob, tea):
    found, find = [], live.find_users

    async def watch(keys):
        found.append(len(keys))
        return await find(keys)

    live.find_users = watch
    try:
        live_counts.admission.wake = lambda: None  # until both wait
        pages = [await listen(user) for user in (ann, bob)]
        del live_counts.admission.wake
        live_counts.admission.wake()
        for page in pages:
            assert await rooms_of(page) == {}
    finally:
        live.find_users = find
    assert found == [2]


@pytest.mark.slow
def test_postgresql_counts_the_same(postgres, tmp_path):
    files = ["tests/test_notices_live.py", "tests/test_notices_mentions.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-q", "-m", "not slow", *files],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": postgres.url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
