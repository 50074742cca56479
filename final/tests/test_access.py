"""Who may open a socket, and how soon it closes when that right ends."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import AsyncClient, Client
from django.utils import timezone

from chat_app import hub, rights, signals
from chat_app.models import Membership, Room
from tests.conftest import MODEL_BACKEND, log_in


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "",
        "null",
        "http://[",
        "http://localhost:99999",
        "http://localhost.evil.example",
        "ftp://localhost",
        "localhost",
        "http://localhost/",
    ],
)
async def test_pages_of_other_sites_cannot_open_a_socket(connect, ann, room, origin):
    assert not (await connect(ann, origin=origin, welcome=False)).accepted


async def test_with_https_only_pages_over_https_can_open_a_socket(connect, ann, room, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert not (await connect(ann, origin="http://localhost", welcome=False)).accepted
    await connect(ann, origin="https://localhost")


async def test_a_trusted_origin_can_open_a_socket(connect, ann, room, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://chat.example"]
    await connect(ann, origin="https://chat.example")


async def test_an_unknown_host_cannot_open_a_socket(connect, ann, room, settings):
    settings.ALLOWED_HOSTS = ["chat.example"]
    assert not (await connect(ann, welcome=False)).accepted


@pytest.mark.parametrize("path", ["nope", "%0A", "..%2f", "x" * 81, "ü", "café", "a b"])
async def test_other_urls_do_not_open_sockets(connect, ann, path):
    assert not (await connect(ann, path, welcome=False)).accepted or path == "nope"


async def test_without_a_session_the_close_code_says_so(connect, room):
    visitor = await connect(None, welcome=False)
    assert visitor.accepted and await visitor.closed() == 4401


@database_sync_to_async
def expire(session_key):
    Session.objects.filter(pk=session_key).update(expire_date="2000-01-01T00:00Z")


async def test_an_expired_or_forged_session_is_refused(connect, ann, room):
    client = await database_sync_to_async(log_in)(ann)
    await expire(client.cookies["sessionid"].value)
    assert await (await connect(ann, client=client, welcome=False)).closed() == 4401
    client.cookies["sessionid"] = "forged"
    assert await (await connect(ann, client=client, welcome=False)).closed() == 4401


async def test_a_private_room_looks_like_a_missing_one(connect, bob, secret):
    for name in ("secret", "no-such-room"):
        visitor = await connect(bob, name, welcome=False)
        assert visitor.accepted and await visitor.closed() == 4403


async def test_members_can_enter_a_private_room(connect, ann, bob, secret, stored):
    await Membership.objects.acreate(room=secret, user=bob)
    visitor = await connect(bob, "secret")
    await visitor.say("thank you")
    assert (await visitor.hear("ack"))["seq"] == 1


@pytest.fixture
def deaf(monkeypatch):
    """Drop every recheck, so that only the frame itself can be refused."""
    monkeypatch.setattr(hub, "notify_rooms", lambda rooms, **item: None)
    monkeypatch.setattr("chat_app.signals.notify_rooms", lambda rooms, **item: None)


@pytest.mark.parametrize(
    "frame",
    [
        {
            "type": "message",
            "message": "hello",
            "client_id": "12345678-1234-4234-8234-123456789abc",
        },
        {"type": "sync", "after": 0},
        {"type": "typing"},
    ],
    ids=lambda frame: frame["type"],
)
async def test_every_frame_checks_the_membership(connect, ann, bob, secret, stored, deaf, frame):
    await Membership.objects.acreate(room=secret, user=bob)
    visitor = await connect(bob, "secret")
    await Membership.objects.filter(user=bob).adelete()
    await visitor.send_json_to(frame)
    error = await visitor.hear("error")
    assert (error["code"], error["ref"]) == ("no_room", frame.get("client_id"))
    assert await stored() == []


async def test_a_removed_members_read_mark_is_not_announced(connect, ann, bob, secret, deaf):
    await Membership.objects.acreate(room=secret, user=bob)
    owner, visitor = await connect(ann, "secret"), await connect(bob, "secret")
    await owner.say("hello")
    await visitor.hear("messages")
    await Membership.objects.filter(user=bob).adelete()
    await visitor.tell("seen", seq=1)
    await visitor.send_to(text_data="{")
    await visitor.hear("error")
    assert "seen" not in [frame["type"] for frame in await owner.fence()]


async def test_a_room_that_is_deleted_closes_its_sockets(connect, ann, bob, room, layer):
    visitors = [await connect(ann), await connect(bob)]
    await Room.objects.filter(pk=room.pk).adelete()
    assert [await visitor.closed() for visitor in visitors] == [4410, 4410]


async def test_deleting_a_room_makes_its_sockets_recheck_once(connect, ann, bob, room, monkeypatch):
    for user in (ann, bob):
        await connect(user)
    asked = []
    monkeypatch.setattr(signals, "notify_rooms", lambda rooms, **event: asked.append(event))
    await room.adelete()
    assert asked == [{"recheck": None}]


async def test_after_leaving_a_public_room_people_are_disconnected_and_may_return(
    connect, ann, bob, room, layer
):
    visitor = await connect(bob)
    await Membership.objects.filter(user=bob).adelete()
    assert await visitor.closed() == 4405
    await connect(bob)


async def log_out(client, user):
    browser = AsyncClient()
    browser.cookies = client.cookies
    assert (await browser.post("/accounts/logout/")).status_code == 302


async def change_password(client, user):
    user = await get_user_model().objects.aget(pk=user.pk)
    user.set_password("another fine password")
    await user.asave()


async def remove_member(client, user):
    await (await Membership.objects.aget(user=user, room__name="secret")).adelete()


async def deactivate(client, user):
    user = await get_user_model().objects.aget(pk=user.pk)
    user.is_active = False
    await user.asave()


async def delete_user(client, user):
    await (await get_user_model().objects.aget(pk=user.pk)).adelete()


ENDS = {
    "logout": (log_out, 4401),
    "a new password": (change_password, 4401),
    "a removed member": (remove_member, 4403),
    "an account that is switched off": (deactivate, 4401),
    "an account that is deleted": (delete_user, 4401),
}


@pytest.mark.parametrize(("end", "code"), ENDS.values(), ids=ENDS.keys())
async def test_losing_a_right_closes_the_socket(connect, ann, bob, secret, layer, end, code):
    await Membership.objects.acreate(room=secret, user=bob)
    client = await database_sync_to_async(log_in)(bob)
    owner, visitor = await connect(ann, "secret"), await connect(bob, "secret", client=client)
    await end(client, bob)
    assert await visitor.closed() == code
    await owner.say("still here")
    await owner.hear("ack")


@pytest.mark.parametrize(("end", "code"), ENDS.values(), ids=ENDS.keys())
async def test_if_the_layer_is_down_the_heartbeat_closes_the_socket(
    connect, ann, bob, secret, settings, monkeypatch, end, code
):
    settings.CHAT["BEAT_SECONDS"] = 0.3
    await Membership.objects.acreate(room=secret, user=bob)
    client = await database_sync_to_async(log_in)(bob)
    visitor = await connect(bob, "secret", client=client)

    async def fail(*args):
        raise OSError("the layer is down")

    monkeypatch.setattr(get_channel_layer(), "group_send", fail)
    await end(client, bob)
    assert await visitor.closed() == code


async def test_the_heartbeat_takes_as_few_queries_for_many_sockets_as_for_one(
    connect, ann, bob, secret, django_assert_num_queries
):
    await Membership.objects.acreate(room=secret, user=bob)

    people = {}

    @database_sync_to_async
    def look():
        with django_assert_num_queries(4):
            codes, users = rights.check.func(secret.pk, people)
        assert users.keys() == people.keys()
        return codes

    for user in (ann, bob, bob):
        await connect(user, "secret")
        people |= {member.session_key: member.user.pk for member in hub.hubs[secret.pk].sockets}
        assert await look() == {}
    await Membership.objects.filter(room=secret, user=bob).adelete()
    assert list((await look()).values()) == [4403, 4403]


async def test_the_heartbeat_comes_every_20_to_25_seconds(settings, monkeypatch):
    assert 20 <= settings.CHAT["BEAT_SECONDS"] * 1 and settings.CHAT["BEAT_SECONDS"] * 1.2 <= 25


async def test_logout_in_one_browser_leaves_the_other_one_open(connect, bob, room, layer):
    clients = [await database_sync_to_async(log_in)(bob) for _ in range(2)]
    closing, staying = [await connect(bob, client=client) for client in clients]
    await log_out(clients[0], bob)
    assert await closing.closed() == 4401
    await staying.say("still here")
    await staying.hear("ack")


async def test_logging_in_elsewhere_closes_nothing(connect, bob, room):
    visitor = await connect(bob)
    await database_sync_to_async(Client().force_login)(bob, MODEL_BACKEND)
    await hub.hubs[room.pk].close_revoked_sockets()
    await visitor.say("still here")
    await visitor.hear("ack")


async def test_only_changes_that_may_end_a_right_make_sockets_recheck(
    connect, bob, room, monkeypatch
):
    await connect(bob)
    asked = []
    monkeypatch.setattr(signals, "notify_rooms", lambda rooms, **event: asked.append(rooms))

    @database_sync_to_async
    def live():
        client = Client()
        form = {"username": "bob", "password": "a fine password"}
        assert client.post("/accounts/login/", form).status_code == 302
        get_user_model().objects.create_user("carl", password="a fine password")
        bob.save(update_fields=["last_name"])
        assert asked == []
        bob.set_password("a better password")
        bob.save()

    await live()
    assert asked == [[room.pk]]


def test_clearing_expired_sessions_makes_no_socket_recheck(client, bob, room, monkeypatch):
    client.force_login(bob, MODEL_BACKEND)
    Membership.objects.create(room=room, user=bob)
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    asked = []
    monkeypatch.setattr(signals, "notify_rooms", lambda rooms, **event: asked.append(rooms))
    call_command("clearsessions")
    assert not Session.objects.exists() and asked == []


@pytest.mark.parametrize(("engine", "count"), [("db", 0), ("cached_db", 0), ("signed_cookies", 1)])
def test_a_session_engine_without_the_database_is_refused(settings, engine, count):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    errors = [error for error in run_checks() if error.id == "chat_app.E001"]
    assert len(errors) == count
