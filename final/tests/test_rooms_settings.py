"""A room's settings: its title and topic, the next owner, and its deletion."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from channels.db import database_sync_to_async
from django.db import connections

from chat_app.models import Membership, Message, Room
from rooms import actions
from rooms.forms import HeirForm
from rooms.models import RoomDetails
from tests import patience
from tests.conftest import log_in


@database_sync_to_async
def post(user, path, **form):
    return log_in(user).post(path, form)


def rename(user, title, topic="", room="lobby"):
    return log_in(user).post(f"/chat/{room}/settings/", {"title": title, "topic": topic})


async def test_open_pages_receive_a_new_title_and_topic_and_keep_working(
    connect, ann, bob, room, layer
):
    visitor = await connect(bob)
    await post(ann, "/chat/lobby/settings/", title="The Lounge", topic="Tea, mostly")
    frame = await visitor.hear("room")
    assert (frame["title"], frame["topic"]) == ("The Lounge", "Tea, mostly")
    await visitor.say("still here")
    await visitor.hear("ack")
    await connect(bob)


def test_the_title_is_shown_everywhere_and_the_url_stays_the_same(ann, bob, room):
    Membership.objects.create(room=room, user=bob)
    assert rename(ann, "The Lounge", "Tea, mostly").url == "/chat/lobby/settings/"
    page = log_in(bob).get("/chat/lobby/").text
    assert '<h1 dir="auto">The Lounge</h1>' in page and "Tea, mostly" in page
    for path in ("/", "/rooms/", "/chat/lobby/rooms/", "/?q=lounge", "/?q=lobby"):
        listed = log_in(bob).get(path).text
        assert "The Lounge" in listed and 'href="/chat/lobby/"' in listed, path


def test_rooms_are_listed_by_their_titles(ann, room):
    Room.objects.create(name="middle")
    rename(ann, "zoo")
    assert [each.title for each in log_in(ann).get("/").context["rooms"]] == ["middle", "zoo"]


def test_the_title_can_be_set_back_to_the_name(ann, room):
    rename(ann, "The Lounge")
    rename(ann, "lobby")
    assert RoomDetails.objects.get().title == ""
    assert log_in(ann).get("/chat/lobby/").context["room"].title == "lobby"


@pytest.mark.parametrize("title", ["", "  ", "\u200d", "x" * 81, "a\u202eb", "a\u200bb", "a\0b"])
def test_an_invisible_title_is_a_form_error(ann, room, title):
    response = rename(ann, title)
    assert response.status_code == 200 and response.context["details"].errors["title"]
    assert not RoomDetails.objects.exists()


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("  a\n b\u00a0c ", "a b c"),
        ("<b>x</b>", "<b>x</b>"),
        ("👩‍👧", "👩‍👧"),
        ("می‌خواهم", "می‌خواهم"),
    ],
)
def test_a_title_is_a_single_line_in_any_language(ann, room, typed, title):
    assert rename(ann, typed).status_code == 302
    assert RoomDetails.objects.get().title == title
    assert "<b>x</b>" not in log_in(ann).get("/chat/lobby/").text


def test_a_public_room_cannot_have_the_same_title_as_another(ann, bob, room, secret):
    other = Room.objects.create(name="garden", owner=ann)
    RoomDetails.objects.create(room=other, title="The Garden")
    for title in ("Garden", "the garden"):
        assert rename(ann, title).context["details"].errors["title"]
    assert rename(ann, "secret").status_code == 302  # this must not reveal a private room


@pytest.mark.parametrize(
    "path", ["", "invite/", "revoke/", "owner/", "delete/"], ids=lambda path: path or "settings"
)
def test_only_the_owner_has_settings(ann, bob, secret, path):
    Membership.objects.create(room=secret, user=bob)
    url = f"/chat/secret/settings/{path}"
    form = {"title": "x", "days": "7", "heir": "bob", "typed": "secret"}
    assert log_in(bob).post(url, form).status_code == 404
    assert log_in(bob).get(url).status_code in (404, 405)
    assert Room.objects.get().owner == ann


def test_title_changes_have_the_same_limit_as_messages(ann, room, settings):
    settings.CHAT = {**settings.CHAT, "MESSAGE_BURST": 2, "MESSAGES_PER_SECOND": 0.01}
    assert [rename(ann, str(number)).status_code for number in range(3)] == [302, 302, 429]


async def test_the_new_owner_gets_the_old_ones_rights(connect, ann, bob, secret):
    await Membership.objects.acreate(room=secret, user=bob)
    owner, heir = await connect(ann, "secret"), await connect(bob, "secret")
    await owner.say("mine")
    await owner.hear("ack")
    response = await post(ann, "/chat/secret/settings/owner/", heir="bob")
    assert response.url == "/chat/secret/people/"
    client_id = "12345678-1234-4234-8234-000000000001"
    await heir.tell("delete", client_id=client_id, seq=1)
    assert (await heir.hear("ack"))["seq"] == 2
    assert (await post(ann, "/chat/secret/settings/", title="x")).status_code == 404
    assert (await post(bob, "/chat/secret/settings/", title="x")).status_code == 302
    assert (await post(ann, "/chat/secret/leave/")).url == "/"
    assert await owner.closed() == 4403


@pytest.mark.parametrize("name", ["bob", "ann", "nobody", "no\0body", ""])
def test_a_room_is_handed_over_only_to_another_member(ann, bob, secret, name):
    response = log_in(ann).post("/chat/secret/settings/owner/", {"heir": name})
    assert response.context["heir"].errors
    assert Room.objects.get().owner == ann


def test_members_who_leave_before_the_handover_do_not_get_the_room(ann, bob, secret, monkeypatch):
    Membership.objects.create(room=secret, user=bob)
    is_valid = HeirForm.is_valid

    def validate_and_be_late(form):
        result = is_valid(form)
        log_in(bob).post("/chat/secret/leave/")
        return result

    monkeypatch.setattr(HeirForm, "is_valid", validate_and_be_late)
    form = {"heir": "bob"}
    page = log_in(ann).post("/chat/secret/settings/owner/", form, follow=True).text
    assert "bob is no longer in this room." in page
    assert Room.objects.get().owner == ann


def test_a_room_keeps_an_owner_even_if_the_heir_leaves_during_the_handover(
    ann, bob, secret, monkeypatch
):
    Membership.objects.create(room=secret, user=bob)
    barrier = Barrier(2, timeout=patience.SECONDS)

    def meet(action):
        return lambda *args: (barrier.wait(), action(*args))

    for name in ("hand_over", "leave"):
        monkeypatch.setattr(actions, name, meet(getattr(actions, name)))

    def request(user, path, **form):
        try:
            return log_in(user).post(path, form).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        handing = threads.submit(request, ann, "/chat/secret/settings/owner/", heir="bob")
        leaving = threads.submit(request, bob, "/chat/secret/leave/")
        assert {handing.result(), leaving.result()} <= {200, 302}
    owner = Room.objects.get().owner
    assert Membership.objects.filter(room=secret, user=owner).exists()
    assert Membership.objects.filter(user=bob).exists() == (owner == bob)


async def test_deleting_a_room_notifies_its_sockets_and_leaves_nothing(
    connect, ann, bob, room, layer, stored
):
    visitors = [await connect(ann), await connect(bob)]
    await visitors[1].say("soon gone")
    await visitors[1].hear("ack")
    assert (await post(ann, "/chat/lobby/settings/delete/", typed="lobby")).url == "/"
    assert [await visitor.closed() for visitor in visitors] == [4410, 4410]
    assert await stored() == [] and not await Room.objects.aexists()
    assert await (await connect(bob, welcome=False)).closed() == 4403


@pytest.mark.parametrize("typed", ["", "Lobby", "lobby2"])
def test_a_room_is_deleted_only_by_its_name(ann, room, typed):
    response = log_in(ann).post("/chat/lobby/settings/delete/", {"typed": typed})
    assert response.context["deletion"].errors["typed"]
    assert Room.objects.exists()


async def test_messages_sent_while_the_room_is_being_deleted_are_refused(
    connect, ann, bob, room, stored, monkeypatch
):
    monkeypatch.setattr("chat_app.signals.notify_rooms", lambda rooms, **event: None)
    visitor = await connect(bob)
    await room.adelete()
    client_id = await visitor.say("too late")
    error = await visitor.hear("error")
    assert (error["code"], error["ref"]) == ("no_room", client_id)
    assert not await Message.objects.aexists()
