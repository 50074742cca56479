"""A permalink opens its room at the message, and reveals nothing about closed rooms."""

import re

import pytest

from chat_app.models import Membership
from tests.conftest import log_in
from tests.stored import delete, edit, write


@pytest.fixture
def long_room(ann, bob, room):
    """A room with 300 messages from Ann that nobody else has read."""
    write(room, ann, *[f"message {number}" for number in range(1, 301)])
    return room


def lines(page):
    return [int(seq) for seq in re.findall(r'<li[^>]* data-seq="(\d+)"', page.text)]


def linked(page):
    return re.findall(r'<li id="m(\d+)" aria-current="true"', page.text)


@pytest.mark.parametrize("seq, first", [(1, 1), (5, 1), (150, 140), (300, 251)])
def test_a_link_opens_the_room_at_its_message(bob, long_room, seq, first):
    page = log_in(bob).get(f"/chat/lobby/?message={seq}")
    assert lines(page) == list(range(first, first + 50 - max(0, 11 - seq)))
    assert linked(page) == [str(seq)]


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1" * 19, "301", "%F0%9F%98%80"])
def test_a_link_to_a_missing_message_opens_the_room_and_marks_nothing(ann, long_room, text):
    page = log_in(ann).get(f"/chat/lobby/?message={text}")
    assert page.status_code == 200 and len(lines(page)) >= 39
    assert linked(page) == []


def test_a_link_to_a_deleted_message_opens_the_room_there(ann, bob, long_room):
    delete(long_room, ann, 150)
    page = log_in(bob).get("/chat/lobby/?message=150")
    assert linked(page) == ["150"] and "Message deleted" in page.text
    assert "message 150<" not in page.text and "message 149<" in page.text


def test_a_link_to_an_edit_opens_nearby_and_marks_nothing(ann, bob, long_room):
    [change] = edit(long_room, ann, 20, "new")
    page = log_in(bob).get(f"/chat/lobby/?message={change.seq}")
    assert linked(page) == [] and 300 in lines(page)


def test_a_link_into_a_closed_room_looks_like_one_into_a_missing_room(ann, bob, secret):
    write(secret, ann, "just for us")
    closed = log_in(bob).get("/chat/secret/?message=1")
    missing = log_in(bob).get("/chat/nowhere/?message=1")
    assert (closed.status_code, missing.status_code) == (404, 404)
    token = r'name="csrfmiddlewaretoken" value="\w+"'
    assert re.sub(token, "", closed.text) == re.sub(token, "", missing.text)


def test_visitors_log_in_first_and_are_redirected_to_the_message(client, room):
    answer = client.get("/chat/lobby/?message=1")
    assert answer.url == "/accounts/login/?next=/chat/lobby/%3Fmessage%3D1"


def test_following_a_link_marks_nothing_as_read(bob, long_room):
    Membership.objects.create(room=long_room, user=bob, seen=20)
    page = log_in(bob).get("/chat/lobby/?message=200")
    assert page.context["window"].for_script["firstUnread"] == 21
    assert Membership.objects.get(user=bob).seen == 20
