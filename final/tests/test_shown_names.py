"""Lists of people show display names, with the username next to it if it's different."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chat_app.models import Membership
from rooms.models import Ban, Invitation
from tests.conftest import log_in

LISTS = {"members": "/chat/secret/members/", "people": "/chat/secret/people/"}


def make_people(room, count, first=0):
    """Create people with display names in the room."""
    model = get_user_model()
    numbers = range(first, first + count)
    users = [model(username=f"user-{n:02}", first_name=f"Name {n:02}") for n in numbers]
    users = model.objects.bulk_create(users)
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in users)
    return users


def shown(page):
    """Return the names on a page, as people see them."""
    names = re.findall(r'<span class="name">(.*?)</span>', page)
    return [" ".join(re.sub(r"<[^>]+>", " ", name).split()) for name in names]


@pytest.mark.parametrize("url", LISTS.values(), ids=LISTS.keys())
def test_the_username_is_shown_next_to_a_different_display_name(ann, bob, secret, url):
    Membership.objects.create(room=secret, user=bob)
    for name, expected in (("", "bob"), ("bob", "bob"), ("Bob Miller", "Bob Miller bob")):
        bob.first_name = name
        bob.save()
        assert shown(log_in(ann).get(url).text) == ["ann", expected]


def test_a_ban_shows_both_names(ann, bob, room):
    bob.first_name = "Bob Miller"
    bob.save()
    Ban.objects.create(room=room, user=bob)
    assert shown(log_in(ann).get("/chat/lobby/people/").text) == ["Bob Miller bob"]


def test_an_invitation_says_which_names_others_will_see(bob, secret):
    expires_at = timezone.now() + timedelta(days=1)
    invitation = Invitation.objects.create(room=secret, expires_at=expires_at)
    bob.first_name = "Bob Miller"
    bob.save()
    page = log_in(bob).get(f"/invitation/{invitation.token}/").text
    assert shown(page) == ["Bob Miller bob"]


@pytest.mark.parametrize("url", LISTS.values(), ids=LISTS.keys())
def test_a_longer_list_takes_no_extra_queries(ann, secret, url):
    page = log_in(ann)
    counts = []
    for first, count in ((0, 2), (2, 20)):
        make_people(secret, count, first)
        with CaptureQueriesContext(connection) as queries:
            assert page.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_more_bans_take_no_extra_queries(ann, room):
    page = log_in(ann)
    counts = []
    for first, count in ((0, 2), (2, 20)):
        users = make_people(room, count, first)
        Ban.objects.bulk_create(Ban(room=room, user=user) for user in users)
        with CaptureQueriesContext(connection) as queries:
            names = shown(page.get("/chat/lobby/people/").text)
        assert names[-1] == f"Name {first + count - 1:02} user-{first + count - 1:02}"
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_names_are_escaped(ann, secret):
    user = get_user_model().objects.create(username="eve", first_name="<b>Eve</b>")
    Membership.objects.create(room=secret, user=user)
    page = log_in(ann).get(LISTS["members"]).text
    assert "&lt;b&gt;Eve&lt;/b&gt;" in page and "<b>Eve" not in page
