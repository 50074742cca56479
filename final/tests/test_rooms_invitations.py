"""Invitations to a private room: signed, valid for a limited time, and easy to revoke."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from chat_app.models import Membership, Room
from rooms import actions, views
from rooms.models import Ban, Invitation
from tests.conftest import log_in


@pytest.fixture(autouse=True)
def fresh_joins():
    yield
    views.joins.buckets.clear()


@pytest.fixture
def link(ann, secret):
    """The path of a link to the private room."""
    page = log_in(ann)
    page.post("/chat/secret/settings/invite/", {"days": "7"})
    [invitation] = page.get("/chat/secret/settings/").context["invitations"]
    return f"/invitation/{invitation.token}/"


@database_sync_to_async
def post(user, path, **form):
    return log_in(user).post(path, form)


def is_member(user):
    return Membership.objects.filter(user=user, room__name="secret").exists()


async def test_anyone_with_the_link_can_join_and_chat(connect, ann, bob, secret, link):
    owner = await connect(ann, "secret")
    assert (await post(bob, link)).url == "/chat/secret/"
    guest = await connect(bob, "secret")
    await guest.say("thank you")
    assert await owner.texts(1) == ["thank you"]


def test_the_link_shows_the_rooms_title_and_asks_for_confirmation(ann, bob, link):
    log_in(ann).post("/chat/secret/settings/", {"title": "Our Plans"})
    page = log_in(bob).get(link)
    assert page.status_code == 200 and "Our Plans" in page.text and ">Join<" in page.text
    assert not is_member(bob)


def test_the_settings_show_the_whole_link(ann, link):
    page = log_in(ann).get("/chat/secret/settings/").text
    assert f'value="http://testserver{link}"' in page


def test_members_are_redirected_to_the_room(ann, link):
    assert log_in(ann).get(link).url == "/chat/secret/"


def test_visitors_sign_up_first_and_are_redirected_back(client, link):
    login = client.get(link)
    assert login.url == f"/accounts/login/?next={link}"
    assert f"/accounts/signup/?next={link}" in client.get(login.url).text
    form = {"username": "dora", "password1": "a fine password", "password2": "a fine password"}
    signup = f"/accounts/signup/?next={link}"
    assert f'name="next" value="{link}"' in client.get(signup).text
    assert client.post("/accounts/signup/", {**form, "next": link}).url == link
    assert client.post(link).url == "/chat/secret/"


def test_signing_up_redirects_only_within_this_site(client, room):
    form = {"username": "dora", "password1": "a fine password", "password2": "a fine password"}
    assert client.post("/accounts/signup/", {**form, "next": "//evil.example/"}).url == "/"


def expire(ann):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def revoke(ann):
    key = Invitation.objects.get().pk
    assert log_in(ann).post("/chat/secret/settings/revoke/", {"key": key}).status_code == 302


def delete_room(ann):
    log_in(ann).post("/chat/secret/settings/delete/", {"typed": "secret"})


@pytest.mark.parametrize("end", [expire, revoke, delete_room])
def test_an_expired_or_revoked_link_is_refused(ann, bob, link, end):
    end(ann)
    for method in ("get", "post"):
        response = getattr(log_in(bob), method)(link)
        assert response.status_code == 404 and "This invitation isn’t valid" in response.text
    assert not is_member(bob)


def test_a_forged_link_is_refused_without_asking_the_database(bob, link, django_assert_num_queries):
    key = str(Invitation.objects.get().pk)
    for token in (key, f"{key}.forged", link.split("/")[2].upper(), "x.y.z", "\u00e9"):
        assert log_in(bob).post(f"/invitation/{token}/").status_code == 404
        with django_assert_num_queries(0):
            assert Invitation.objects.find(token) is None
    assert not is_member(bob)


def test_revoking_a_link_while_someone_joins_keeps_them_out(ann, bob, link, monkeypatch):
    join = actions.join
    monkeypatch.setattr(actions, "join", lambda *args: (revoke(ann), join(*args)))
    assert log_in(bob).post(link).status_code == 404
    assert not is_member(bob)


async def test_banned_people_cannot_return_with_an_invitation(connect, ann, bob, secret, link):
    await post(bob, link)
    visitor = await connect(bob, "secret")
    await post(ann, "/chat/secret/person/ban/", name="bob")
    assert await visitor.closed() == 4403
    response = await post(bob, link)
    assert response.status_code == 404 and "This invitation isn’t valid" in response.text
    assert await (await connect(bob, "secret", welcome=False)).closed() == 4403


def test_people_banned_while_joining_stay_out(ann, bob, secret, link, monkeypatch):
    join = actions.join

    def be_late(*args):
        Ban.objects.create(room=secret, user=bob)
        return join(*args)

    monkeypatch.setattr(actions, "join", be_late)
    assert log_in(bob).post(link).status_code == 404
    assert not is_member(bob)


async def test_removed_members_can_return_with_an_invitation(connect, ann, bob, secret, link):
    await post(bob, link)
    await post(ann, "/chat/secret/person/remove/", name="bob")
    await post(bob, link)
    await connect(bob, "secret")


def test_joining_is_limited(bob, link, settings):
    settings.CHAT = {**settings.CHAT, "JOIN_BURST": 2, "JOINS_PER_HOUR": 1}
    statuses = []
    for _ in range(3):
        response = log_in(bob).post(link)
        statuses.append(response.status_code)
        Membership.objects.filter(user=bob).delete()
    assert statuses == [302, 302, 429] and int(response["Retry-After"]) > 60


def test_a_public_room_needs_no_invitation(ann, room):
    page = log_in(ann)
    assert page.post("/chat/lobby/settings/invite/", {"days": "7"}).status_code == 404
    assert "Invitations" not in page.get("/chat/lobby/settings/").text


@pytest.mark.parametrize("days", ["", "2", "x", "9" * 30])
def test_a_links_lifetime_must_be_one_of_the_choices(ann, secret, days):
    url = "/chat/secret/settings/invite/"
    assert log_in(ann).post(url, {"days": days}).status_code == 404
    assert not Invitation.objects.exists()


def test_a_room_has_at_most_20_links_not_counting_expired_ones(ann, secret):
    page, form = log_in(ann), {"days": "1"}
    for _ in range(20):
        page.post("/chat/secret/settings/invite/", form)
    refused = page.post("/chat/secret/settings/invite/", form, follow=True)
    assert "There are too many links." in refused.text and Invitation.objects.count() == 20
    expire(ann)
    page.post("/chat/secret/settings/invite/", form)
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x", "12345678-1234-4234-8234-123456789abc"])
def test_owners_can_only_revoke_links_to_their_own_rooms(ann, bob, link, key):
    own = Room.objects.create(name="own", owner=bob, private=True)
    Membership.objects.create(room=own, user=bob)
    key = Invitation.objects.get().pk if len(key) > 1 else key
    assert log_in(bob).post("/chat/own/settings/revoke/", {"key": key}).status_code in (302, 404)
    assert log_in(bob).get(link).status_code == 200
