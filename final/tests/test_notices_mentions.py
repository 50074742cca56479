"""A message with @ and a member's name mentions that member, and nobody else."""

import json
import re
import sys
import unicodedata
import uuid
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat_app.messages import Draft, store
from chat_app.models import Membership, Message
from notices.mentions import store_mentions
from notices.models import Mention
from notices.names import find_names
from rooms.models import Ban
from tests.conftest import log_in

TABLE = json.loads((Path(__file__).parent / "mentions.json").read_text("utf-8"))


@pytest.fixture
def members(ann, bob, room):
    for user in (ann, bob):
        Membership.objects.create(room=room, user=user)


def write(room, author, text, kind=Message.Kind.MESSAGE, target=None):
    [message] = store([Draft(room.pk, author, uuid.uuid4(), text, kind, target)])
    return message.seq


def mentioned():
    rows = Mention.objects.order_by("room", "seq", "user__username")
    return list(rows.values_list("room__name", "seq", "user__username"))


@pytest.mark.parametrize(("text", "names"), TABLE)
def test_a_mention_ends_where_the_table_says(text, names):
    assert find_names(text) == names


def test_a_letter_or_digit_of_any_language_belongs_to_a_name():
    for point in range(sys.maxunicode):
        letter = chr(point)
        if unicodedata.category(letter)[0] not in "LN" and letter != "_":
            continue
        assert re.fullmatch(r"\w", letter), hex(point)


def test_a_named_member_is_mentioned(ann, bob, room, members):
    write(room, ann, "is @bob here?")
    write(room, ann, "bob, are you here?")
    assert mentioned() == [("lobby", 1, "bob")]


def test_non_members_are_not_mentioned(ann, bob, room):
    Membership.objects.create(room=room, user=ann)
    write(room, ann, "is @bob here? and @nobody?")
    assert mentioned() == []


def test_mentioning_yourself_does_not_count(ann, room, members):
    write(room, ann, "I, @ann, was here")
    assert mentioned() == []


def test_mentions_ignore_case(ann, bob, room, members):
    write(room, ann, "@Bob and @BOB")
    assert mentioned() == [("lobby", 1, "bob")]


def test_naming_someone_twice_mentions_them_once(ann, bob, room, members):
    write(room, ann, "@bob! @bob! @Bob!")
    assert mentioned() == [("lobby", 1, "bob")]


def test_an_edit_mentions_only_people_still_in_the_text(ann, bob, room, members):
    eve = get_user_model().objects.create(username="eve")
    Membership.objects.create(room=room, user=eve)
    seq = write(room, ann, "@bob, lunch?")
    write(room, ann, "@eve, lunch?", Message.Kind.EDIT, seq)
    assert mentioned() == [("lobby", seq, "eve")]
    write(room, ann, "lunch?", Message.Kind.EDIT, seq)
    assert mentioned() == []


def test_a_deleted_message_mentions_nobody(ann, bob, room, members):
    seq = write(room, ann, "@bob, lunch?")
    write(room, ann, "", Message.Kind.DELETION, seq)
    assert mentioned() == []


def test_a_message_edited_in_the_same_transaction_mentions_the_edits_names(ann, bob, room, members):
    seq = write(room, ann, "lunch?")
    drafts = [
        Draft(room.pk, ann, uuid.uuid4(), "@bob, lunch?", Message.Kind.EDIT, seq),
        Draft(room.pk, ann, uuid.uuid4(), "never mind", Message.Kind.EDIT, seq),
        Draft(room.pk, ann, uuid.uuid4(), "@bob?"),
    ]
    store(drafts)
    assert mentioned() == [("lobby", seq + 3, "bob")]


def test_a_repeated_message_mentions_people_once(ann, bob, room, members):
    draft = Draft(room.pk, ann, uuid.uuid4(), "@bob")
    assert store([draft])[0].seq == store([draft])[0].seq == 1
    assert mentioned() == [("lobby", 1, "bob")]


def test_a_message_without_an_at_sign_takes_no_extra_query(ann, room):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        store_mentions([Message(room=room, seq=1, author=ann, text="no names")])
    assert len(queries) == 0


def test_a_page_asks_which_names_are_members(ann, bob, room, members):
    url = "/chat/lobby/names/?name=Bob&name=ann&name=nobody"
    assert log_in(ann).get(url).json() == {"names": {"Bob": "bob", "ann": "ann"}}


def test_a_page_asks_for_at_most_50_names_in_two_queries_beside_the_session(ann, room, members):
    client = log_in(ann)
    query = "&".join(f"name=somebody{number}" for number in range(60))
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/chat/lobby/names/?{query}&name=ann").json() == {"names": {}}
    assert len(queries) == 4, [query["sql"] for query in queries]


def test_non_members_cannot_find_out_who_is_in_a_room(ann, bob, secret, client):
    url = "/chat/secret/names/?name=ann"
    assert log_in(ann).get(url).json() == {"names": {"ann": "ann"}}
    assert log_in(bob).get(url).status_code == 404
    assert client.get(url).status_code == 302
    Membership.objects.create(room=secret, user=bob)
    assert log_in(bob).get(url).status_code == 200
    Ban.objects.create(room=secret, user=bob)
    assert log_in(bob).get(url).status_code == 404


@pytest.mark.parametrize("name", ["%00", "%ff", "x" * 5000, "", "'; drop table", "%F0%9F%91%8B"])
def test_a_page_may_ask_for_any_name(ann, room, name):
    answer = log_in(ann).get(f"/chat/lobby/names/?name={name}")
    assert answer.status_code in (200, 400)
