"""Messages sent with a form, and what the page shows without its script."""

import uuid

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.utils import timezone

from chat_app import posting
from chat_app.models import Membership, Message, Room
from tests.conftest import log_in


@pytest.fixture
def page(ann):
    return log_in(ann)


def form(text, client_id=None):
    return {"client_id": client_id or uuid.uuid4(), "message": text}


def test_a_message_can_be_posted(page, ann, room):
    response = page.post("/chat/lobby/", form("first line\r\nsecond line"))
    assert response.url == "/chat/lobby/"
    [message] = Message.objects.all()
    assert (message.author, message.text) == (ann, "first line\nsecond line")
    assert "second line" in page.get("/chat/lobby/").text


def test_a_form_posted_twice_is_stored_once(page, room):
    again = form("hello")
    for _ in range(2):
        assert page.post("/chat/lobby/", again).status_code == 302
    assert Message.objects.count() == 1
    changed = page.post("/chat/lobby/", {**again, "message": "something else"})
    assert Message.objects.count() == 1
    assert "Your earlier message was already sent." in changed.text


def test_a_changed_form_that_was_already_sent_can_be_sent_again_as_a_new_message(page, room):
    first = form("hello")
    page.post("/chat/lobby/", first)
    refused = page.post("/chat/lobby/", {**first, "message": "and more"}).context["form"]
    again = {name: refused[name].value() for name in ("client_id", "message")}
    assert page.post("/chat/lobby/", again).status_code == 302
    assert [message.text for message in Message.objects.order_by("seq")] == ["hello", "and more"]


@pytest.mark.parametrize("client_id", ["", "7"])
def test_a_form_with_an_invalid_id_is_a_form_error(page, room, client_id):
    response = page.post("/chat/lobby/", {"client_id": client_id, "message": "hello"})
    assert response.status_code == 422
    assert "Reload the page, then send it again." in response.text


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "x" * 4_001])
def test_an_invalid_message_is_a_form_error_and_stays_in_the_field(page, room, text):
    response = page.post("/chat/lobby/", form(text))
    assert response.context["form"].errors["message"]
    assert response.context["form"]["message"].value() == text
    assert not Message.objects.exists()


def test_posting_is_limited_like_the_socket(page, room, settings):
    settings.CHAT = {**settings.CHAT, "MESSAGE_BURST": 2, "MESSAGES_PER_SECOND": 0.01}
    statuses = [page.post("/chat/lobby/", form(str(n))).status_code for n in range(3)]
    assert statuses == [302, 302, 422]
    assert Message.objects.count() == 2


def test_non_members_cannot_post_to_a_private_room(secret, bob):
    assert log_in(bob).post("/chat/secret/", form("hello")).status_code == 404
    assert not Message.objects.exists()


def test_posting_marks_earlier_messages_as_read(page, ann, bob, room):
    other = log_in(bob)
    for client, text in ((page, "one"), (other, "two"), (page, "three")):
        client.post("/chat/lobby/", form(text))
    seen = dict(Membership.objects.values_list("user__username", "seen"))
    assert seen == {"ann": 3, "bob": 2}


def test_people_removed_while_posting_stay_removed(secret, bob, monkeypatch):
    Membership.objects.create(room=secret, user=bob)
    store = posting.messages.store

    def store_and_remove(drafts):
        outcomes = store(drafts)
        Membership.objects.filter(user=bob).delete()
        return outcomes

    monkeypatch.setattr(posting.messages, "store", store_and_remove)
    log_in(bob).post("/chat/secret/", form("my last words"))
    assert Message.objects.count() == 1
    assert not Membership.objects.filter(user=bob).exists()


async def test_a_posted_message_reaches_the_open_sockets(layer, connect, ann, bob, room):
    visitor = await connect(bob)
    client = await database_sync_to_async(log_in)(ann)
    response = await database_sync_to_async(client.post)("/chat/lobby/", form("from a form"))
    assert response.status_code == 302
    assert await visitor.texts(1) == ["from a form"]


def test_a_posted_message_is_announced_after_the_commit(page, room, monkeypatch):
    announced, notify_rooms = [], posting.notify_rooms

    def record(room_ids, **event):
        announced.append((event["seq"], connection.in_atomic_block))
        notify_rooms(room_ids, **event)

    monkeypatch.setattr(posting, "notify_rooms", record)
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert page.post("/chat/lobby/", form("hello")).status_code == 302
    assert announced == [(1, False)]


def write(room, author, *texts):
    for text in texts:
        log_in(author).post(f"/chat/{room.name}/", form(text))


def window_of(page):
    window = page.get("/chat/lobby/").context["window"]
    return window, [line.text for line in window.lines]


def fill(room, author, count):
    first = Message.objects.filter(room=room).count() + 1

    Message.objects.bulk_create(
        Message(
            room=room,
            seq=seq,
            author=author,
            client_id=uuid.uuid4(),
            text=f"text {seq}",
            at=timezone.now(),
        )
        for seq in range(first, first + count)
    )
    Room.objects.filter(pk=room.pk).update(head=first + count - 1)


def test_a_room_without_unread_messages_opens_at_the_newest(page, ann, bob, room):
    fill(room, bob, 120)
    Membership.objects.create(room=room, user=ann, seen=120)
    window, texts = window_of(page)
    assert texts == [f"text {seq}" for seq in range(71, 121)]
    assert (window.first, window.last, window.head) == (71, 120, 120)
    assert window.has_earlier and not window.has_later
    assert not any(line.is_first_unread for line in window.lines)


def test_a_room_with_many_unread_messages_opens_above_the_first_one(page, ann, bob, room):
    fill(room, bob, 520)
    Membership.objects.create(room=room, user=ann, seen=19)
    window, _ = window_of(page)
    assert (window.first, window.last) == (10, 59)
    assert [line.seq for line in window.lines if line.is_first_unread] == [20]
    assert window.has_later


@pytest.mark.parametrize("unread", [1, 39, 40])
def test_a_few_unread_messages_are_shown_together_with_the_newest(page, ann, bob, room, unread):
    fill(room, bob, 100)
    Membership.objects.create(room=room, user=ann, seen=100 - unread)
    window, texts = window_of(page)
    assert window.last == 100 and len(texts) == 50
    assert [line.seq for line in window.lines if line.is_first_unread] == [101 - unread]


def test_own_messages_never_count_as_first_unread(page, ann, bob, room):
    fill(room, ann, 60)
    window, _ = window_of(page)
    assert window.last == 60
    assert not any(line.is_first_unread for line in window.lines)


def test_an_empty_room_has_an_empty_window(page, room):
    window, texts = window_of(page)
    assert (texts, window.first, window.last, window.head) == ([], 1, 0, 0)


@pytest.mark.parametrize("before", ["abc", "-1", "0", "9" * 30, "5", "1"])
def test_any_before_number_leads_to_a_page(page, ann, room, before):
    fill(room, ann, 10)
    response = page.get("/chat/lobby/", {"before": before})
    assert response.status_code == 200


def test_lines_of_one_author_are_grouped_like_in_the_script(page, ann, bob, room):
    write(room, ann, "one", "two")
    write(room, bob, "three")
    lines = page.get("/chat/lobby/").context["window"].lines
    assert [line.is_new_day for line in lines] == [True, False, False]
    assert [line.is_grouped for line in lines] == [False, True, False]


@pytest.mark.parametrize("path", ["/", "/rooms/", "/chat/lobby/", "/chat/lobby/rooms/"])
def test_browsers_do_not_store_pages_that_name_rooms(page, room, path):
    assert "no-store" in page.get(path).headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/rooms/", "/chat/secret/rooms/"])
def test_the_lists_that_keep_pages_fresh_are_private(client, bob, secret, path):
    assert client.get(path).status_code == 302
    assert "secret" not in log_in(bob).get(path).content.decode().replace(path, "")
