"""Direct messages are a private room for two people, who share only one such room."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import psycopg
import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db import connections

from chat_app.models import Membership, Room
from rooms import actions
from rooms.models import DirectRoom
from tests import patience
from tests.conftest import log_in
from tests.server import Server


@pytest.fixture
def met(ann, bob, room):
    """Ann and bob are in the same room."""
    for user in (ann, bob):
        Membership.objects.create(room=room, user=user)


def write_to(user, name, room="lobby"):
    return log_in(user).post(f"/chat/{room}/person/write/", {"name": name})


async def test_two_people_exchange_direct_messages(connect, ann, bob, met, layer):
    url = (await database_sync_to_async(write_to)(ann, "bob")).url
    name = url.split("/")[2]
    one, other = await connect(ann, name), await connect(bob, name)
    await one.say("just between us")
    assert await other.texts(1) == ["just between us"]
    eve = await get_user_model().objects.acreate(username="eve")
    assert await (await connect(eve, name, welcome=False)).closed() == 4403


def test_both_people_get_the_same_room_again(ann, bob, met):
    urls = {write_to(user, name).url for user, name in ((ann, "bob"), (bob, "ann"), (ann, "bob"))}
    assert len(urls) == 1 and DirectRoom.objects.count() == 1


def test_each_person_sees_the_room_under_the_others_name(ann, bob, met):
    url = write_to(ann, "bob").url
    for user, other in ((ann, "bob"), (bob, "ann")):
        page = log_in(user)
        assert f'<h1 dir="auto">{other}</h1>' in page.get(url).text
        assert f"{other} · Chat</title>" in page.get(url).text
        for path in ("/", "/rooms/", "/chat/lobby/rooms/", f"/?q={other}"):
            assert f'<span dir="auto">{other}</span>' in page.get(path).text, path


def test_a_display_name_is_shown_instead_of_the_username(ann, bob, met):
    url = write_to(ann, "bob").url
    bob.first_name = "Robert"
    bob.save(update_fields=["first_name"])
    assert '<h1 dir="auto">Robert</h1>' in log_in(ann).get(url).text
    for path in ("/?q=rob", "/chat/lobby/people/", "/chat/lobby/person/?name=bob"):
        assert "Robert" in log_in(ann).get(path).text
    assert '<h1 dir="auto">ann</h1>' in log_in(bob).get(url).text


def test_two_people_who_write_at_once_get_one_room(ann, bob, met, monkeypatch):
    barrier = Barrier(2, timeout=patience.SECONDS)
    find = actions.find_direct

    def find_late(user, other):
        room = find(user, other)
        if room is None:
            barrier.wait()
        return room

    def make(user, other):
        try:
            return actions.open_direct(user, other).pk
        finally:
            connections.close_all()

    monkeypatch.setattr(actions, "find_direct", find_late)
    with ThreadPoolExecutor(2) as threads:
        rooms = list(threads.map(make, (ann, bob), (bob, ann)))
    assert rooms[0] == rooms[1]
    direct = DirectRoom.objects.get()
    assert (direct.first, direct.second) == (ann, bob)
    assert Membership.objects.filter(room=direct.room).count() == 2
    assert Room.objects.filter(private=True).count() == 1


@pytest.mark.slow
def test_two_people_who_write_at_once_get_one_room_on_postgresql(tmp_path, postgres):
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE direct")
    url = postgres.url.removesuffix("postgres") + "direct"
    server = Server("uvicorn", tmp_path, DATABASE_URL=url).start()
    try:
        owner = server.user()
        for _ in range(10):
            pair = [server.user(owner.room) for _ in range(2)]
            for user in pair:
                write_a_message(user, owner.room)
            with ThreadPoolExecutor(2) as threads:
                answers = list(threads.map(open_room, pair, reversed(pair)))
            assert [answer.status_code for answer in answers] == [302, 302], server.log()
            assert answers[0].headers["location"] == answers[1].headers["location"]
        assert "Traceback" not in server.log()
    finally:
        server.forget_users()
        server.stop()


def write_a_message(user, room):
    form = {"client_id": "12345678-1234-4234-8234-123456789abc", "message": "hello"}
    assert user.post(f"/chat/{room}/", form).status_code == 302


def open_room(user, other) -> httpx.Response:
    return user.post(f"/chat/{user.room}/person/write/", {"name": other.name})


@pytest.mark.parametrize("name", ["ann", "eve", "nobody", "no\0body", ""])
def test_direct_messages_go_only_to_others_in_the_room(ann, met, name):
    get_user_model().objects.create(username="eve")
    assert write_to(ann, name).status_code == 404
    assert not DirectRoom.objects.exists()


def test_non_members_cannot_send_direct_messages_to_members(bob, secret):
    assert write_to(bob, "ann", "secret").status_code == 404


async def test_leaving_a_direct_room_is_undone_only_by_writing_oneself(connect, ann, bob, met):
    name = (await database_sync_to_async(write_to)(ann, "bob")).url.split("/")[2]
    visitor = await connect(bob, name)
    leaving = database_sync_to_async(lambda: log_in(bob).post(f"/chat/{name}/leave/"))
    assert (await leaving()).url == "/"
    assert await visitor.closed() == 4403
    await database_sync_to_async(write_to)(ann, "bob")
    assert await (await connect(bob, name, welcome=False)).closed() == 4403
    assert name in (await database_sync_to_async(write_to)(bob, "ann")).url
    await connect(bob, name)


def test_a_direct_room_has_no_owner_and_no_third_member(ann, bob, met):
    url = write_to(ann, "bob").url
    get_user_model().objects.create(username="eve")
    page = log_in(ann)
    assert page.get(f"{url}settings/").status_code == 404
    assert page.get(f"{url}members/").status_code == 404
    assert page.post(f"{url}people/", {"username": "eve"}).status_code == 404


def test_a_direct_room_says_if_the_other_account_is_gone(ann, bob, met):
    url = write_to(ann, "bob").url
    bob.delete()
    assert "somebody who left" in log_in(ann).get(url).text
    assert "somebody who left" in log_in(ann).get("/").text


def test_creating_direct_rooms_is_limited_but_opening_them_is_not(ann, room, settings):
    settings.CHAT = {**settings.CHAT, "ROOM_BURST": 2}
    for number in range(3):
        user = get_user_model().objects.create(username=f"user-{number}")
        Membership.objects.create(room=room, user=user)
    statuses = [write_to(ann, f"user-{number}").status_code for number in (0, 1, 2, 0, 1)]
    assert statuses == [302, 302, 429, 302, 302]
