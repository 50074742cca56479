"""Muting: whose messages are collapsed, for whom, and who is told."""

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.deletion import delete_account
from chat_app.models import Membership, Room
from moderation import actions
from moderation.models import Mute
from tests.conftest import log_in
from tests.reported import delete, url_of, write

FOLDED = '<details class="muted"><summary>You’ve muted <b dir="auto">{}</b>.'


@pytest.fixture
def message(bob, room):
    return write(bob, room, "hello")


def mute(user, message):
    return log_in(user).post(url_of(message, "mute"))


def unmute(user, name):
    return log_in(user).post("/mutes/end/", {"name": name})


def page_of(user, room="lobby"):
    page = log_in(user).get(f"/chat/{room}/").text
    return page[: page.index('id="folded-template"')]


def test_a_muted_persons_messages_are_collapsed_in_all_rooms(ann, bob, room, message):
    garden = Room.objects.create(name="garden")
    write(bob, garden, "flowers")
    write(ann, garden, "mine")
    assert mute(ann, message).url == url_of(message)
    for name, text in (("lobby", "hello"), ("garden", "flowers")):
        page = page_of(ann, name)
        assert page.count("<details") == 1 and FOLDED.format("bob") in page
        assert f'<p dir="auto">{text}</p></details>' in page
    for reader in (bob, get_user_model().objects.create(username="eve")):
        assert "<details" not in page_of(reader, "garden")


def test_a_collapsed_message_shows_the_display_name(ann, bob, message):
    get_user_model().objects.filter(pk=bob.pk).update(first_name="Bob & <Co>")
    mute(ann, message)
    assert FOLDED.format("Bob &amp; &lt;Co&gt;") in page_of(ann)
    assert "Bob &amp; &lt;Co&gt;" in log_in(ann).get("/mutes/").text


def test_a_deleted_message_is_not_collapsed(ann, message):
    mute(ann, message)
    delete(message)
    assert "<details" not in page_of(ann)


def test_after_unmuting_the_messages_are_shown_again(ann, message):
    mute(ann, message)
    page = log_in(ann)
    assert "Unmute bob" in page.get("/mutes/").text
    answer = page.post("/mutes/end/", {"name": "bob"}, follow=True).text
    assert "You’ve unmuted bob." in answer and "You haven’t muted anyone." in answer
    assert "<details" not in page_of(ann)


def test_people_see_only_their_own_mutes(ann, bob, message):
    eve = get_user_model().objects.create(username="eve")
    mute(eve, message)
    assert "bob" not in log_in(ann).get("/mutes/").text
    assert unmute(ann, "bob").status_code == 404
    assert Mute.objects.filter(user=eve).exists()


def test_muting_is_idempotent(ann, message):
    assert [mute(ann, message).status_code for _ in range(2)] == [302, 302]
    assert Mute.objects.count() == 1


async def test_only_the_users_own_pages_are_told_about_a_mute_at_once(
    connect, ann, bob, room, message, layer
):
    await Room.objects.acreate(name="garden")
    tabs = [await connect(ann), await connect(ann, "garden")]
    others = [await connect(bob), await connect(bob, "garden")]
    for person in others:
        await person.fence()
    await database_sync_to_async(mute)(ann, message)
    for tab in tabs:
        frame = await tab.hear("mute")
        assert frame == {"type": "mute", "user": "bob", "name": "bob", "muted": True}
    await database_sync_to_async(unmute)(ann, "bob")
    for tab in tabs:
        assert not (await tab.hear("mute"))["muted"]
        await tab.say("still here")
    for person in others:
        heard = await person.until("messages")
        assert [frame["type"] for frame in heard if frame["type"] == "mute"] == []


def test_people_cannot_mute_themselves_or_someone_they_cannot_see(ann, bob, room, secret):
    own, hidden = write(ann, room, "mine"), write(ann, secret, "between us")
    assert mute(ann, own).status_code == 404
    assert mute(bob, hidden).status_code == 404
    with pytest.raises(IntegrityError):
        Mute.objects.create(user=ann, muted=ann)
    assert not Mute.objects.exists()


@pytest.mark.parametrize("name", ["", "nobody", "x" * 151])
def test_unmuting_someone_who_is_not_muted_is_a_404(ann, message, name):
    mute(ann, message)
    assert unmute(ann, name).status_code == 404
    assert Mute.objects.count() == 1


def test_muting_needs_a_login_and_a_token(ann, message):
    for url in (url_of(message, "mute"), "/mutes/end/"):
        assert Client().post(url).url.startswith("/accounts/login/")
        assert log_in(ann).get(url).status_code == 405
    assert Client().get("/mutes/").url.startswith("/accounts/login/")
    assert not Mute.objects.exists()


def test_muting_has_the_same_limit_as_messages(ann, message, settings):
    settings.CHAT = {**settings.CHAT, "MESSAGE_BURST": 2, "MESSAGES_PER_SECOND": 0.001}
    assert [mute(ann, message).status_code for _ in range(3)] == [302, 302, 429]


def test_a_muted_persons_messages_still_count_as_unread(ann, bob, room, message):
    Membership.objects.create(room=room, user=ann)
    mute(ann, message)
    assert Room.objects.with_unread(ann).get(pk=room.pk).unread == 1


def test_mutes_are_deleted_with_either_account(ann, bob, message):
    eve = get_user_model().objects.create(username="eve")
    for user, other in ((ann, bob), (bob, eve), (eve, ann)):
        actions.mute(user, other)
    delete_account(bob)
    [left] = Mute.objects.all()
    assert (left.user, left.muted) == (eve, ann)
    assert "<details" not in page_of(ann)


def count_queries(user, url):
    browser = log_in(user)
    with CaptureQueriesContext(connection) as queries:
        assert browser.get(url).status_code == 200
    return len(queries)


def test_pages_take_as_many_queries_with_thirty_mutes_as_with_one(ann, bob, room, message):
    actions.mute(ann, bob)
    urls = ("/chat/lobby/", "/mutes/")
    few = [count_queries(ann, url) for url in urls]
    for number in range(29):
        other = get_user_model().objects.create(username=f"user-{number}")
        write(other, room, "hello")
        actions.mute(ann, other)
    assert [count_queries(ann, url) for url in urls] == few
