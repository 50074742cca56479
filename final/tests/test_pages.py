"""The pages, the forms and what strangers get to see."""

import json
import uuid

import pytest
from channels.layers import get_channel_layer
from django.contrib.auth import get_user_model
from django.db import OperationalError, connections
from django.test import Client

from chat_app.messages import store
from chat_app.models import Membership, Message, Room
from tests.conftest import log_in

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


def test_a_visitor_is_invited(client):
    page = client.get("/")
    assert "/accounts/signup/" in page.text and "/accounts/login/" in page.text


def test_signing_up_takes_one_form(client):
    assert client.post("/accounts/signup/", SIGN_UP, follow=True).context["user"].username == "dora"


def test_whoever_signs_up_first_finds_a_room_to_try(client):
    page = client.post("/accounts/signup/", SIGN_UP, follow=True)
    assert [room.name for room in page.context["rooms"]] == ["lobby"]
    assert client.get("/chat/lobby/").status_code == 200


def test_whoever_signs_up_later_finds_the_rooms_that_there_are(client, secret):
    page = client.post("/accounts/signup/", SIGN_UP, follow=True)
    assert list(page.context["rooms"]) == []


@pytest.mark.parametrize("username", ["<b>dora</b>", "do\0ra", "d" * 151, "", "do ra"])
def test_a_name_that_cannot_be_is_a_form_error(client, username):
    response = client.post("/accounts/signup/", {**SIGN_UP, "username": username})
    assert response.status_code == 200 and response.context["form"].errors["username"]
    assert not get_user_model().objects.exists()


def test_rooms_are_listed_with_what_is_unread(page, stranger, ann, bob, room, secret):
    write(room, ann, 3)
    Membership.objects.create(room=room, user=bob, seen=1)
    assert [(r.name, r.unread) for r in page.get("/").context["rooms"]] == [
        ("lobby", 3),
        ("secret", 0),
    ]
    assert [(r.name, r.unread) for r in stranger.get("/").context["rooms"]] == [("lobby", 2)]


def test_who_makes_a_room_owns_it_and_is_its_first_member(page, ann):
    response = page.post("/", {"name": "plans", "private": "on"})
    assert response.url == "/chat/plans/"
    room = Room.objects.get(name="plans")
    assert room.private and room.owner == ann
    assert list(room.membership_set.values_list("user", flat=True)) == [ann.pk]


@pytest.mark.parametrize("name", ["a b", "café", "x" * 81, "", "a/b", "lobby", "a\n"])
def test_a_room_name_that_cannot_be_is_a_form_error(page, room, name):
    response = page.post("/", {"name": name})
    if name == "a\n":
        assert Room.objects.filter(name="a").exists()
    else:
        assert response.status_code == 200 and response.context["form"].errors["name"]
        assert Room.objects.count() == 1


def test_a_visitor_is_sent_to_the_login_and_back(client, room):
    assert client.get("/chat/lobby/").url == "/accounts/login/?next=/chat/lobby/"


def test_a_room_has_a_page(page, room):
    response = page.get("/chat/lobby/")
    assert response.status_code == 200 and response.context["room"] == room


@pytest.mark.parametrize("path", ["", "messages/", "members/"])
def test_a_private_room_answers_as_one_that_does_not_exist(stranger, secret, path):
    answers = [stranger.get(f"/chat/{name}/{path}") for name in ("secret", "no-such-room")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content.replace(b"no-such-room", b"secret")


@pytest.mark.parametrize("name", ["%0A", "..%2f", "x" * 81, "ü", "café", "a b"])
def test_what_is_no_room_name_is_not_found(page, name):
    assert page.get(f"/chat/{name}/").status_code == 404


def test_history_is_paged_back_to_the_first_message(page, ann, room):
    write(room, ann, 120)
    seqs, url = [], "/chat/lobby/messages/"
    while url:
        answer = json.loads(page.get(url).content)
        seqs = [message["seq"] for message in answer["messages"]] + seqs
        url = answer["more"] and f"/chat/lobby/messages/?before={seqs[0]}&limit=50"
    assert seqs == list(range(1, 121))


@pytest.mark.parametrize("query", ["before=abc", "before=-1", "limit=x", "limit=-1", "before=1e9"])
def test_a_wrong_question_for_history_is_a_400(page, room, query):
    assert page.get(f"/chat/lobby/messages/?{query}").status_code == 400


@pytest.mark.parametrize(
    ("query", "count"), [("limit=1000000000", 200), ("limit=7", 7), ("before=5", 4)]
)
def test_a_page_of_history_is_capped(page, ann, room, query, count):
    write(room, ann, 210)
    answer = json.loads(page.get(f"/chat/lobby/messages/?{query}").content)
    assert len(answer["messages"]) == count


def test_the_owner_adds_and_removes_members(page, ann, bob, secret):
    page.post("/chat/secret/members/", {"username": "bob"})
    assert list(Room.objects.visible_to(bob)) == [secret]
    page.post("/chat/secret/members/", {"remove": "bob"})
    assert not Room.objects.visible_to(bob).exists()


def test_the_owner_stays_a_member(page, ann, secret):
    page.post("/chat/secret/members/", {"remove": "ann"})
    assert Room.objects.visible_to(ann).filter(name="secret").exists()


def test_a_member_who_is_not_the_owner_adds_nobody(stranger, bob, secret):
    Membership.objects.create(room=secret, user=bob)
    assert stranger.post("/chat/secret/members/", {"username": "bob"}).status_code == 404


@pytest.mark.parametrize("username", ["nobody", "no\0body", ""])
def test_adding_nobody_is_a_form_error(page, secret, username):
    response = page.post("/chat/secret/members/", {"username": username})
    assert response.context["form"].errors


def test_a_form_without_its_token_is_refused(ann):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/accounts/login/", {"username": "ann"}).status_code == 403


def test_the_eleventh_wrong_password_has_to_wait(client, ann):
    wrong = {"username": "ann", "password": "wrong"}
    answers = [client.post("/accounts/login/", wrong).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    right = {"username": "ann", "password": "a fine password"}
    assert client.post("/accounts/login/", right).status_code == 429


def test_somebody_elses_wrong_passwords_lock_nobody_out(client, ann, bob):
    for _ in range(11):
        client.post("/accounts/login/", {"username": "ann", "password": "wrong"})
    right = {"username": "bob", "password": "a fine password"}
    assert client.post("/accounts/login/", right).status_code == 302


def test_after_the_login_only_this_site_is_next(client, ann):
    form = {"username": "ann", "password": "a fine password", "next": "//evil.example/"}
    assert client.post("/accounts/login/", form).url == "/"


def test_the_session_key_changes_with_login_and_password(client, ann):
    client.get("/")
    client.post("/accounts/login/", {"username": "ann", "password": "a fine password"})
    first = client.cookies["sessionid"].value
    new = {"new_password1": "another fine password", "new_password2": "another fine password"}
    response = client.post("/accounts/password/", {"old_password": "a fine password", **new})
    assert response.url == "/"
    assert client.cookies["sessionid"].value != first


def test_a_body_of_ten_megabytes_is_too_big(page):
    assert page.post("/", {"name": "x" * 10_000_000}).status_code == 413


def test_every_page_has_a_strict_policy_and_no_frame(page, client, room):
    for response in (client.get("/"), page.get("/chat/lobby/"), page.get("/nothing/")):
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy
        assert response.headers["X-Frame-Options"] == "DENY"
        assert "<script>" not in response.text and " onclick" not in response.text


def test_the_admin_is_off_unless_it_is_enabled(page):
    assert page.get("/admin/").status_code == 404


def test_the_health_checks_answer(client):
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


async def test_a_layer_that_is_down_is_not_ready(async_client, monkeypatch):
    async def fail(*args):
        raise OSError("the layer is down")

    monkeypatch.setattr(get_channel_layer(), "group_send", fail)
    assert (await async_client.get("/readyz")).status_code == 503
    assert (await async_client.get("/healthz")).status_code == 200


def test_a_database_that_is_down_is_not_ready(client, monkeypatch):
    def fail(*args):
        raise OperationalError("the database is down")

    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "cursor", fail)
        assert client.get("/readyz").status_code == 503
