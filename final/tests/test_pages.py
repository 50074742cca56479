"""The pages, the forms, and what visitors see without logging in."""

import asyncio
import json
import re
import uuid

import pytest
from channels.layers import get_channel_layer
from django.contrib.auth import get_user_model
from django.db import OperationalError, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chat_app import forms
from chat_app.messages import store
from chat_app.models import Membership, Message, Room
from tests import patience
from tests.conftest import log_in, use_redis

SIGN_UP = {"username": "dora", "password1": "a fine password", "password2": "a fine password"}


@pytest.fixture
def page(ann):
    return log_in(ann)


@pytest.fixture
def stranger(bob):
    return log_in(bob)


def write(room, author, count):
    drafts = [
        Message(room=room, author=author, client_id=uuid.uuid4(), text=f"text {number}")
        for number in range(1, count + 1)
    ]
    store(drafts)


def test_visitors_see_links_to_sign_up_and_log_in(client):
    page = client.get("/")
    assert "/accounts/signup/" in page.text and "/accounts/login/" in page.text


def test_signing_up_takes_one_form(client):
    assert client.post("/accounts/signup/", SIGN_UP, follow=True).context["user"].username == "dora"


def test_the_first_user_finds_a_room_to_try(client):
    page = client.post("/accounts/signup/", SIGN_UP, follow=True)
    assert [room.name for room in page.context["rooms"]] == ["lobby"]
    assert client.get("/chat/lobby/").status_code == 200


def test_later_users_find_the_existing_rooms(client, secret):
    page = client.post("/accounts/signup/", SIGN_UP, follow=True)
    assert list(page.context["rooms"]) == []


@pytest.mark.parametrize("username", ["<b>dora</b>", "do\0ra", "d" * 151, "", "do ra"])
def test_an_invalid_name_is_a_form_error(client, username):
    response = client.post("/accounts/signup/", {**SIGN_UP, "username": username})
    assert response.status_code == 200 and response.context["form"].errors["username"]
    assert not get_user_model().objects.exists()


def test_rooms_are_listed_with_their_unread_counts(page, stranger, ann, bob, room, secret):
    write(room, ann, 3)
    Membership.objects.create(room=room, user=bob, seen=1)
    assert [(r.name, r.unread) for r in page.get("/").context["rooms"]] == [
        ("secret", 0),  # the user's own rooms come first
        ("lobby", 3),
    ]
    assert [(r.name, r.unread) for r in stranger.get("/").context["rooms"]] == [("lobby", 2)]


def test_a_rooms_creator_is_its_owner_and_first_member(page, ann):
    assert page.post("/", {"name": "plans"}).url == "/chat/plans/"
    room = Room.objects.get(name="plans")
    assert not room.private and room.owner == ann
    assert list(room.membership_set.values_list("user", flat=True)) == [ann.pk]


def test_the_name_of_a_private_room_cannot_be_guessed(page, stranger):
    url = page.post("/", {"name": "plans", "private": "on"}).url
    assert re.fullmatch("/chat/plans-[a-z2-9]{8}/", url)
    assert page.get(url).status_code == 200
    for form in ({"name": "plans"}, {"name": "plans", "private": "on"}):
        assert stranger.post("/", form).status_code == 302
    assert Room.objects.count() == 3


def test_a_long_name_leaves_space_for_the_random_letters(page):
    page.post("/", {"name": "x" * 80, "private": "on"})
    assert len(Room.objects.get().name) == 80


def test_the_room_list_is_paged(page, ann):
    Room.objects.bulk_create(Room(name=f"room-{number:03}") for number in range(45))
    own = Room.objects.create(name="zoo")
    Membership.objects.create(room=own, user=ann)
    names = []
    for number in (1, 2, 3):
        names += [room.name for room in page.get(f"/?page={number}").context["rooms"]]
    assert names == ["zoo", *(f"room-{number:03}" for number in range(45))]


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 5000, "\0"])
def test_an_invalid_page_number_leads_to_a_page(page, room, number):
    assert page.get("/", {"page": number}).status_code in (200, 400)


def test_rooms_are_found_by_part_of_their_name(page, stranger, room, secret):
    Room.objects.create(name="Gardening")
    found = page.get("/?q=garden").context["rooms"]
    assert [room.name for room in found] == ["Gardening"]
    assert [room.name for room in page.get("/?q=cre").context["rooms"]] == ["secret"]
    assert "No rooms match" in stranger.get("/?q=cre").text


def test_a_search_continues_on_the_next_pages(page):
    Room.objects.bulk_create(Room(name=f"a-{number}") for number in range(30))
    assert 'href="?q=a-&amp;page=2"' in page.get("/?q=a-").text


def test_a_rooms_sidebar_lists_only_rooms_that_the_user_has_entered(page, ann, bob, room):
    for number in range(30):
        Room.objects.create(name=f"strange-{number}")
    busy = Room.objects.create(name="z-busy", head=2)
    for joined in (busy, Room.objects.create(name="a-quiet")):
        Membership.objects.create(room=joined, user=ann)
        Membership.objects.create(room=joined, user=bob)
    names = [room.name for room in page.get("/chat/lobby/").context["rooms"]]
    assert names == ["lobby", "z-busy", "a-quiet"]


@pytest.mark.parametrize("path", ["/", "/chat/lobby/"])
def test_a_page_is_as_long_with_500_rooms_as_with_30(page, ann, room, path):
    def links_and_queries():
        with CaptureQueriesContext(connections["default"]) as queries:
            text = page.get(path).text
        return text.count("/chat/"), len(queries)

    make_rooms(ann, range(30))
    few = links_and_queries()
    make_rooms(ann, range(30, 500))
    assert links_and_queries() == few


def make_rooms(user, numbers):
    names = [f"room-{number:04}" for number in numbers]
    rooms = Room.objects.bulk_create(Room(name=name) for name in names)
    Membership.objects.bulk_create(Membership(room=room, user=user) for room in rooms)


def test_creating_rooms_is_limited_per_user(page, stranger, settings):
    settings.CHAT = {**settings.CHAT, "ROOM_BURST": 3}
    statuses = [page.post("/", {"name": f"room-{n}"}).status_code for n in range(5)]
    assert statuses == [302, 302, 302, 429, 429]
    assert int(page.post("/", {"name": "one-more"})["Retry-After"]) > 60
    assert stranger.post("/", {"name": "another"}).status_code == 302


def test_probing_names_has_the_same_limit_as_creating_rooms(page, room, settings):
    settings.CHAT = {**settings.CHAT, "ROOM_BURST": 3}
    statuses = [page.post("/", {"name": "lobby"}).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


@pytest.mark.parametrize("name", ["a b", "café", "x" * 81, "", "a/b", "lobby", "a\n"])
def test_an_invalid_room_name_is_a_form_error(page, room, name):
    response = page.post("/", {"name": name})
    if name == "a\n":
        assert Room.objects.filter(name="a").exists()
    else:
        assert response.status_code == 200 and response.context["form"].errors["name"]
        assert Room.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "My first room!",
            "Use letters from a to z, digits, hyphens and underscores: my-first-room",
        ),
        ("café", "Use letters from a to z, digits, hyphens and underscores: cafe"),
        ("部屋", "Use letters from a to z, digits, hyphens and underscores."),
        ("Lobby", "This name is taken. Choose another one."),
        ("lobby", "This name is taken. Choose another one."),
    ],
)
def test_an_invalid_room_name_is_explained(page, room, name, sentence):
    assert page.post("/", {"name": name}).context["form"].errors["name"] == [sentence]


def test_a_private_room_may_start_with_the_same_name_as_another(page, room):
    assert page.post("/", {"name": "Lobby", "private": "on"}).status_code == 302


def test_a_changed_password_is_confirmed(page):
    new = {"new_password1": "another fine password", "new_password2": "another fine password"}
    form = {"old_password": "a fine password", **new}
    answer = page.post("/accounts/password/", form, follow=True)
    assert "Your password was changed." in answer.text


def test_visitors_are_redirected_to_the_login_and_back(client, room):
    assert client.get("/chat/lobby/").url == "/accounts/login/?next=/chat/lobby/"


def test_a_room_has_a_page(page, room):
    response = page.get("/chat/lobby/")
    assert response.status_code == 200 and response.context["room"] == room


@pytest.mark.parametrize("path", ["", "messages/", "members/"])
def test_a_private_room_looks_like_a_missing_one(stranger, secret, path):
    answers = [stranger.get(f"/chat/{name}/{path}") for name in ("secret", "no-such-room")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content.replace(b"no-such-room", b"secret")


@pytest.mark.parametrize("name", ["%0A", "..%2f", "x" * 81, "ü", "café", "a b"])
def test_an_invalid_room_name_is_not_found(page, name):
    assert page.get(f"/chat/{name}/").status_code == 404


def test_history_can_be_paged_back_to_the_first_message(page, ann, room):
    write(room, ann, 120)
    seqs, url = [], "/chat/lobby/messages/"
    while url:
        answer = json.loads(page.get(url).content)
        seqs = [message["seq"] for message in answer["messages"]] + seqs
        url = answer["more"] and f"/chat/lobby/messages/?before={seqs[0]}&limit=50"
    assert seqs == list(range(1, 121))


@pytest.mark.parametrize("query", ["before=abc", "before=-1", "limit=x", "limit=-1", "before=1e9"])
def test_invalid_history_parameters_are_a_400(page, room, query):
    assert page.get(f"/chat/lobby/messages/?{query}").status_code == 400


@pytest.mark.parametrize(
    ("query", "count"), [("limit=1000000000", 200), ("limit=7", 7), ("limit=0", 1), ("before=5", 4)]
)
def test_a_page_of_history_is_capped(page, ann, room, query, count):
    write(room, ann, 210)
    answer = json.loads(page.get(f"/chat/lobby/messages/?{query}").content)
    assert len(answer["messages"]) == count


def test_a_name_taken_at_the_same_moment_is_a_form_error(page, monkeypatch):
    is_valid = forms.RoomForm.is_valid

    def validate_and_be_late(form):
        result = is_valid(form)
        Room.objects.create(name="plans")
        return result

    monkeypatch.setattr(forms.RoomForm, "is_valid", validate_and_be_late)
    response = page.post("/", {"name": "plans"})
    assert response.context["form"].errors["name"] == [forms.NAME_IS_TAKEN]
    assert not Membership.objects.exists()


@pytest.mark.parametrize("path", ["/", "/chat/secret/members/"])
def test_pages_refuse_unknown_methods(page, secret, path):
    assert page.put(path).status_code == 405


def test_a_removed_member_can_be_added_again_at_once(page, bob, secret):
    page.post("/chat/secret/members/", {"username": "bob"})
    answer = page.post("/chat/secret/members/", {"remove": "bob"}, follow=True)
    assert "bob was removed." in answer.text
    assert 'form="add" name="username" value="bob">Undo</button>' in answer.text
    assert "Undo" not in page.get("/chat/secret/members/?removed=bob").text


def test_the_owner_adds_and_removes_members(page, ann, bob, secret):
    page.post("/chat/secret/members/", {"username": "bob"})
    assert list(Room.objects.visible_to(bob)) == [secret]
    page.post("/chat/secret/members/", {"remove": "bob"})
    assert not Room.objects.visible_to(bob).exists()


def test_the_owner_stays_a_member(page, ann, secret):
    page.post("/chat/secret/members/", {"remove": "ann"})
    assert Room.objects.visible_to(ann).filter(name="secret").exists()


def test_only_the_owner_can_add_members(stranger, bob, secret):
    Membership.objects.create(room=secret, user=bob)
    assert stranger.post("/chat/secret/members/", {"username": "bob"}).status_code == 404


@pytest.mark.parametrize("username", ["nobody", "no\0body", ""])
def test_adding_nobody_is_a_form_error(page, secret, username):
    response = page.post("/chat/secret/members/", {"username": username})
    assert response.context["form"].errors


def test_a_form_without_its_token_is_refused(ann):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/accounts/login/", {"username": "ann"}).status_code == 403


def test_the_eleventh_wrong_password_is_refused_for_a_while(client, ann):
    wrong = {"username": "ann", "password": "wrong"}
    answers = [client.post("/accounts/login/", wrong).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    right = {"username": "ann", "password": "a fine password"}
    assert client.post("/accounts/login/", right).status_code == 429


def test_another_persons_wrong_passwords_lock_nobody_out(client, ann, bob):
    for _ in range(11):
        client.post("/accounts/login/", {"username": "ann", "password": "wrong"})
    right = {"username": "bob", "password": "a fine password"}
    assert client.post("/accounts/login/", right).status_code == 302


def test_the_login_redirects_only_within_this_site(client, ann):
    form = {"username": "ann", "password": "a fine password", "next": "//evil.example/"}
    assert client.post("/accounts/login/", form).url == "/"


def test_the_session_key_changes_at_login_and_with_the_password(client, ann):
    client.get("/")
    client.post("/accounts/login/", {"username": "ann", "password": "a fine password"})
    first = client.cookies["sessionid"].value
    new = {"new_password1": "another fine password", "new_password2": "another fine password"}
    response = client.post("/accounts/password/", {"old_password": "a fine password", **new})
    assert response.url == "/"
    assert client.cookies["sessionid"].value != first


def test_every_page_has_a_strict_policy_and_cannot_be_framed(page, client, room):
    for response in (client.get("/"), page.get("/chat/lobby/"), page.get("/nothing/")):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
        assert "base-uri 'none'" in policy and "object-src 'none'" in policy
        assert response.headers["X-Frame-Options"] == "DENY"
        assert "<script>" not in response.text and " onclick" not in response.text


def test_the_admin_is_off_unless_it_is_enabled(page):
    assert page.get("/admin/").status_code == 404


def test_the_health_checks_answer(client):
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


async def test_a_process_without_its_layer_is_not_ready(async_client, monkeypatch):
    async def fail(*args):
        raise OSError("the layer is down")

    monkeypatch.setattr(get_channel_layer(), "group_send", fail)
    assert (await async_client.get("/readyz")).status_code == 503
    assert (await async_client.get("/healthz")).status_code == 200


def test_a_process_without_its_database_is_not_ready(client, monkeypatch):
    def fail(*args):
        raise OperationalError("the database is down")

    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "cursor", fail)
        assert client.get("/readyz").status_code == 503


async def test_a_silent_redis_makes_a_process_unready_soon(async_client, settings, own_redis):
    """Health checks give up after a few seconds, so the response has to come sooner."""
    await asyncio.to_thread(own_redis.start)
    use_redis(settings, own_redis.url, "pubsub")
    own_redis.silence()
    try:
        async with asyncio.timeout(patience.SECONDS):
            assert (await async_client.get("/readyz")).status_code == 503
    finally:
        own_redis.wake()
