"""Leaving a room, and being removed or banned: sockets close, and bans apply everywhere."""

import uuid

import pytest
import websockets
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model

from chat_app import hub, rights
from chat_app.entrance import look_up
from chat_app.models import Membership, Message, Room
from rooms.models import Ban
from tests.conftest import log_in
from tests.server import Server


@database_sync_to_async
def post(user, path, **form):
    return log_in(user).post(path, form)


@pytest.fixture(params=["lobby", "secret"])
def place(request, ann, bob):
    """One of ann's rooms, public or private, that bob has entered."""
    room = Room.objects.create(name=request.param, owner=ann, private=request.param == "secret")
    Membership.objects.create(room=room, user=ann)
    Membership.objects.create(room=room, user=bob)
    return room


@pytest.fixture
def deaf(monkeypatch):
    """Drop every recheck, so that only the frame itself can be refused."""
    monkeypatch.setattr("chat_app.signals.notify_rooms", lambda rooms, **event: None)


def everybody_in(room):
    members = room.membership_set.order_by("user__username")
    return list(members.values_list("user__username", flat=True))


async def test_leaving_a_room_disconnects_every_tab(connect, ann, bob, place, layer):
    tabs = [await connect(bob, place.name) for _ in range(2)]
    assert (await post(bob, f"/chat/{place.name}/leave/")).url == "/"
    code = 4403 if place.private else 4405
    assert [await tab.closed() for tab in tabs] == [code, code]
    assert await database_sync_to_async(everybody_in)(place) == ["ann"]


def test_after_leaving_a_private_room_people_no_longer_see_it(bob, secret):
    Membership.objects.create(room=secret, user=bob)
    page = log_in(bob)
    assert "You have left secret." in page.post("/chat/secret/leave/", follow=True).text
    assert page.get("/chat/secret/").status_code == 404
    assert page.get("/chat/secret/leave/").status_code == 404


def test_the_owner_has_to_hand_over_or_delete_first(ann, place):
    page = log_in(ann).get(f"/chat/{place.name}/leave/").text
    assert "You own this room." in page and "<button>Leave</button>" not in page
    log_in(ann).post(f"/chat/{place.name}/leave/")
    assert everybody_in(place) == ["ann", "bob"]


async def test_a_removed_member_is_disconnected_at_once(connect, ann, bob, place, layer):
    owner, visitor = await connect(ann, place.name), await connect(bob, place.name)
    await post(ann, f"/chat/{place.name}/person/remove/", name="bob")
    assert await visitor.closed() == (4403 if place.private else 4405)
    await owner.say("still here")
    await owner.hear("ack")


async def test_a_banned_member_is_disconnected_at_once_and_stays_out(
    connect, ann, bob, place, layer
):
    owner, visitor = await connect(ann, place.name), await connect(bob, place.name)
    await post(ann, f"/chat/{place.name}/person/ban/", name="bob")
    assert await visitor.closed() == 4403
    assert await (await connect(bob, place.name, welcome=False)).closed() == 4403
    await owner.say("still here")
    await owner.hear("ack")


async def test_a_ban_in_the_admin_also_disconnects(connect, ann, bob, place, layer):
    visitor = await connect(bob, place.name)
    await Ban.objects.acreate(room=place, user=bob)
    assert await visitor.closed() == 4403


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "message", "message": "hello", "client_id": str(uuid.uuid4())},
        {"type": "sync", "after": 0},
        {"type": "typing"},
    ],
    ids=lambda frame: frame["type"],
)
async def test_every_frame_checks_whether_its_sender_is_banned(
    connect, ann, bob, place, deaf, stored, frame
):
    visitor = await connect(bob, place.name)
    await post(ann, f"/chat/{place.name}/person/ban/", name="bob")
    await visitor.send_json_to(frame)
    error = await visitor.hear("error")
    assert (error["code"], error["ref"]) == ("no_room", frame.get("client_id"))
    assert await stored() == []


async def test_the_heartbeat_enforces_a_ban_without_an_event(connect, ann, bob, place, deaf):
    visitor = await connect(bob, place.name)
    await post(ann, f"/chat/{place.name}/person/ban/", name="bob")
    await hub.hubs[place.pk].close_revoked_sockets()
    assert await visitor.closed() == 4403


def test_banned_people_cannot_return_by_posting_a_form(ann, bob, place):
    log_in(ann).post(f"/chat/{place.name}/person/ban/", {"name": "bob"})
    page = log_in(bob)
    form = {"client_id": uuid.uuid4(), "message": "hello"}
    assert page.post(f"/chat/{place.name}/", form).status_code == 404
    for path in ("", "messages/", "people/", "rooms/", "leave/"):
        assert page.get(f"/chat/{place.name}/{path}").status_code == 404
    assert place.name not in page.get("/").text
    assert not Message.objects.exists() and everybody_in(place) == ["ann"]


async def test_a_ban_affects_only_that_person_in_that_room(connect, ann, bob, room, stored):
    eve = await get_user_model().objects.acreate(username="eve")
    await Room.objects.acreate(name="garden")
    await Ban.objects.acreate(room=room, user=bob)
    for user, name in ((eve, "lobby"), (bob, "garden")):
        visitor = await connect(user, name)
        await visitor.say("hello")
        await visitor.hear("ack")


async def test_a_ban_can_be_lifted(connect, ann, bob, room):
    for _ in range(2):
        await post(ann, "/chat/lobby/person/ban/", name="bob")
    assert await Ban.objects.acount() == 1
    await post(ann, "/chat/lobby/person/unban/", name="bob")
    await connect(bob)


def test_banned_people_can_be_added_only_after_the_ban_is_lifted(ann, bob, secret):
    page, url = log_in(ann), "/chat/secret/people/"
    Membership.objects.create(room=secret, user=bob)
    page.post("/chat/secret/person/ban/", {"name": "bob"})
    assert "bob is banned from this room." in page.post(url, {"username": "bob"}, follow=True).text
    assert "Lift the ban on bob" in page.get(url).text
    page.post("/chat/secret/person/unban/", {"name": "bob"})
    assert everybody_in(secret) == ["ann"]
    assert "bob was added." in page.post(url, {"username": "bob"}, follow=True).text
    assert everybody_in(secret) == ["ann", "bob"]


def test_authors_who_have_left_can_still_be_banned(ann, bob, room):
    page = log_in(ann)
    log_in(bob).post("/chat/lobby/", {"client_id": uuid.uuid4(), "message": "spam"})
    log_in(bob).post("/chat/lobby/leave/")
    assert "Was in this room." in page.get("/chat/lobby/person/?name=bob").text
    page.post("/chat/lobby/person/ban/", {"name": "bob"})
    assert log_in(bob).get("/chat/lobby/").status_code == 404


@pytest.mark.parametrize("action", ["remove", "ban", "unban"])
def test_only_the_owner_can_remove_others(ann, bob, place, action):
    url = f"/chat/{place.name}/person/{action}/"
    assert log_in(bob).post(url, {"name": "ann"}).status_code == 404
    log_in(ann).post(url, {"name": "ann"})
    assert everybody_in(place) == ["ann", "bob"] and not Ban.objects.exists()
    assert log_in(ann).post(url, {"name": "no\0body"}).status_code == 404
    assert log_in(ann).get(url).status_code == 405


def test_the_people_in_a_room_are_paged(ann, bob, room):
    names = [f"user-{number:03}" for number in range(70)]
    users = get_user_model().objects.bulk_create(get_user_model()(username=name) for name in names)
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in users)
    shown = []
    for number in (1, 2):
        page = log_in(bob).get(f"/chat/lobby/people/?page={number}")
        shown += [person.username for person in page.context["people"]]
    assert shown == names


def test_only_the_owner_of_a_private_room_adds_people(ann, bob, room, secret):
    Membership.objects.create(room=secret, user=bob)
    for user, name in ((bob, "secret"), (bob, "lobby"), (ann, "lobby")):
        response = log_in(user).post(f"/chat/{name}/people/", {"username": "bob"})
        assert response.status_code == 404


@pytest.mark.parametrize("name", ["ann", "", "nobody"])
def test_a_persons_page_exists_only_in_their_rooms(bob, room, name):
    page = log_in(bob).get("/chat/lobby/person/", {"name": name})
    assert page.status_code == 404  # ann owns the room, but has never entered it


@pytest.mark.parametrize("banned", [False, True])
async def test_bans_take_one_extra_query_for_all_sockets_together(
    connect, ann, bob, room, django_assert_num_queries, banned
):
    eve = await get_user_model().objects.acreate(username="eve")
    if banned:
        await Ban.objects.acreate(room=room, user=eve)
    sockets = [await connect(user) for user in (ann, bob, bob)]
    people = {member.session_key: member.user.pk for member in hub.hubs[room.pk].sockets}
    assert len(people) == len(sockets)

    @database_sync_to_async
    def look():
        with django_assert_num_queries(4 + banned):
            codes, _ = rights.check.func(room.pk, people)
        assert codes == {}
        with django_assert_num_queries(4 + banned):
            admissions = look_up.func([(key, "lobby") for key in people])
        assert [admission.code for admission in admissions] == [None] * 3

    await look()


@pytest.mark.slow
async def test_a_ban_closes_the_sockets_of_another_process(tmp_path, redis_url):
    first = Server("uvicorn", tmp_path, REDIS_URL=redis_url).start()
    database = first.environment["DATABASE_URL"]
    second = Server("uvicorn", tmp_path, REDIS_URL=redis_url, DATABASE_URL=database).start()
    try:
        owner, member = first.user(), first.user("placeholder")
        address = f"{second.address}/ws/chat/{owner.room}/"
        headers = member.headers()
        async with websockets.connect(
            f"ws://{address}", origin=f"http://{second.address}", additional_headers=headers
        ) as socket:
            await socket.recv()
            form = {"name": member.name}
            answer = owner.post(f"/chat/{owner.room}/person/ban/", form)
            assert answer.status_code == 302
            await socket.wait_closed()
            assert socket.close_code == 4403
    finally:
        first.forget_users()
        for server in (first, second):
            server.stop()
