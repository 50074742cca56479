"""Edits and deletions are numbered like messages, and reach everybody the same way."""

import uuid

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat_app import messages
from chat_app.models import Message, Room
from tests.conftest import log_in

pytestmark = pytest.mark.usefixtures("layer")


async def edit(visitor, seq, text, client_id=None):
    client_id = str(client_id or uuid.uuid4())
    await visitor.tell("edit", client_id=client_id, seq=seq, message=text)
    return client_id


async def delete(visitor, seq, client_id=None):
    client_id = str(client_id or uuid.uuid4())
    await visitor.tell("delete", client_id=client_id, seq=seq)
    return client_id


async def say(visitor, text):
    """Send a message and return its number."""
    await visitor.say(text)
    return (await visitor.hear("ack"))["seq"]


async def items(visitor, count):
    """Return the next `count` messages and changes, however many frames they come in."""
    found = []
    while len(found) < count:
        found += (await visitor.hear("messages"))["messages"]
    return found


async def synced(visitor, after=0):
    await visitor.tell("sync", after=after)
    return (await visitor.hear("synced"))["messages"]


@database_sync_to_async
def texts():
    return list(Message.objects.order_by("seq").values_list("text", flat=True))


async def test_an_edit_is_one_more_numbered_event(connect, ann, bob, room):
    author, other = await connect(ann), await connect(bob)
    await author.say("helo")
    await author.hear("ack")
    client_id = await edit(author, 1, "hello")
    assert await author.hear("ack") == {"type": "ack", "client_id": client_id, "seq": 2}
    for visitor in (author, other):
        change = (await items(visitor, 1 if visitor is author else 2))[-1]
        assert change.pop("at").endswith("Z")
        assert change == {
            "seq": 2,
            "author": "ann",
            "client_id": client_id,
            "edits": 1,
            "message": "hello",
        }


async def test_a_deletion_is_one_more_numbered_event(connect, ann, bob, room):
    author, other = await connect(ann), await connect(bob)
    await say(author, "regretted")
    client_id = await delete(author, 1)
    assert await author.hear("ack") == {"type": "ack", "client_id": client_id, "seq": 2}
    change = (await items(other, 2))[-1]
    assert change.pop("at").endswith("Z")
    assert change == {"seq": 2, "author": "ann", "client_id": client_id, "deletes": 1}


async def test_a_returning_client_gets_current_texts_and_every_change(connect, ann, bob, room):
    author = await connect(ann)
    for text in ("one", "two", "three"):
        await say(author, text)
    await edit(author, 1, "the first")
    await author.hear("ack")
    await edit(author, 2, "the second")
    await author.hear("ack")
    await delete(author, 2)
    await author.hear("ack")
    found = await synced(await connect(bob))
    assert [item["seq"] for item in found] == [1, 2, 3, 4, 5, 6]
    assert (found[0]["message"], found[0]["edited"]) == ("the first", True)
    assert (found[1]["message"], found[1]["deleted"]) == ("", True)
    assert found[2].keys() == {"seq", "author", "client_id", "message", "at"}
    assert (found[3]["edits"], found[3]["message"]) == (1, "the first")
    assert (found[4]["edits"], found[4]["message"]) == (2, "")
    assert (found[5]["deletes"], "message" in found[5]) == (2, False)


async def test_a_client_that_missed_only_the_change_gets_it(connect, ann, bob, room):
    author = await connect(ann)
    await say(author, "one")
    await edit(author, 1, "another one")
    await author.hear("ack")
    [change] = await synced(await connect(bob), after=1)
    assert (change["edits"], change["message"]) == (1, "another one")


async def test_an_earlier_edit_never_restores_an_old_text(connect, ann, bob, room):
    """A page starts with the current text and then asks for what it missed."""
    author = await connect(ann)
    await say(author, "one")
    edit_id = await edit(author, 1, "two")
    first = await author.hear("ack")
    await edit(author, 1, "three")
    await author.hear("ack")
    changes = await synced(await connect(bob), after=1)
    assert [change["message"] for change in changes] == ["three", "three"]
    await edit(author, 1, "two", edit_id)
    assert await author.hear("ack") == first


async def test_a_deleted_text_is_gone_from_the_database(connect, ann, room):
    author = await connect(ann)
    await say(author, "secret")
    for text in ("secret too", "still secret"):
        await edit(author, 1, text)
        await author.hear("ack")
    await delete(author, 1)
    await author.hear("ack")
    assert await texts() == ["", "", "", ""]


async def test_a_text_edited_and_deleted_in_one_transaction_is_gone(ann, room):
    store = database_sync_to_async(messages.store)

    def draft(text, kind=Message.Kind.MESSAGE, target=None):
        return messages.Draft(room.pk, ann, uuid.uuid4(), text, kind, target)

    await store([draft("secret")])
    changes = [
        draft("still secret", Message.Kind.EDIT, 1),
        draft("", Message.Kind.DELETION, 1),
        draft("too late", Message.Kind.EDIT, 1),
        draft("next"),
    ]
    outcomes = await store(changes)
    assert outcomes[2] == messages.Rejected("unknown_message")
    assert [outcome.seq for outcome in (outcomes[0], outcomes[1], outcomes[3])] == [2, 3, 4]
    assert await texts() == ["", "", "", "next"]
    assert (await Room.objects.aget(pk=room.pk)).head == 4


async def test_a_repeated_change_gets_the_same_ack(connect, ann, room):
    author = await connect(ann)
    await say(author, "one")
    edit_id = await edit(author, 1, "two")
    first = await author.hear("ack")
    await edit(author, 1, "two", edit_id)
    assert await author.hear("ack") == first
    delete_id = await delete(author, 1)
    last = await author.hear("ack")
    await delete(author, 1, delete_id)
    assert await author.hear("ack") == last
    await edit(author, 1, "two", edit_id)
    assert await author.hear("ack") == first
    assert await Message.objects.acount() == 3


async def test_a_message_repeated_after_its_edit_gets_its_ack(connect, ann, room):
    author = await connect(ann)
    client_id = await author.say("one")
    first = await author.hear("ack")
    await edit(author, 1, "two")
    await author.hear("ack")
    await author.say("one", client_id)
    assert await author.hear("ack") == first
    await delete(author, 1)
    await author.hear("ack")
    await author.say("one", client_id)
    assert await author.hear("ack") == first
    assert await Message.objects.acount() == 3


async def test_a_client_id_cannot_be_reused_for_another_change(connect, ann, room):
    author = await connect(ann)
    message_id = await author.say("one")
    await author.hear("ack")
    edit_id = await edit(author, 1, "two")
    await author.hear("ack")
    for client_id in (message_id, edit_id):
        await edit(author, 1, "three", client_id)
        error = await author.hear("error")
        assert (error["code"], error["ref"]) == ("client_id_reused", client_id)
        await delete(author, 1, client_id)
        assert (await author.hear("error"))["code"] == "client_id_reused"
    assert await texts() == ["two", "two"]


async def test_only_authors_edit_and_only_owners_delete_other_peoples_messages(
    connect, ann, bob, room
):
    owner, member = await connect(ann), await connect(bob)
    await say(owner, "of the owner")
    await say(member, "of a member")
    client_id = await edit(member, 1, "taken over")
    error = await member.hear("error")
    assert (error["code"], error["ref"]) == ("not_yours", client_id)
    await delete(member, 1)
    assert (await member.hear("error"))["code"] == "not_yours"
    await edit(owner, 2, "taken over")
    assert (await owner.hear("error"))["code"] == "not_yours"
    assert await texts() == ["of the owner", "of a member"]
    await delete(owner, 2)
    assert (await owner.hear("ack"))["seq"] == 3
    assert await texts() == ["of the owner", "", ""]


async def test_a_change_to_something_other_than_a_message_is_refused(
    connect, ann, room, secret, settings
):
    settings.CHAT["MESSAGE_BURST"] = 100
    author, elsewhere = await connect(ann), await connect(ann, "secret")
    await say(author, "one")
    await say(elsewhere, "only there")
    await say(elsewhere, "and this")
    await edit(author, 1, "two")
    await author.hear("ack")
    for seq in (0, 2, 3, 2**62):
        client_id = await edit(author, seq, "three")
        error = await author.hear("error")
        assert (error["code"], error["ref"]) == ("unknown_message", client_id)
        await delete(author, seq)
        assert (await author.hear("error"))["code"] == "unknown_message"
    await delete(author, 1)
    await author.hear("ack")
    await delete(author, 1)
    assert (await author.hear("error"))["code"] == "unknown_message"
    assert await say(author, "the numbers have no hole") == 4


async def test_non_members_cannot_change_messages_in_a_private_room(
    connect, ann, bob, room, secret
):
    author = await connect(ann, "secret")
    await say(author, "private")
    store = database_sync_to_async(messages.store)
    draft = messages.Draft(secret.pk, bob, uuid.uuid4(), "x", Message.Kind.EDIT, 1)
    assert await store([draft]) == [messages.Rejected("no_room")]


async def test_two_changes_at_the_same_moment_are_both_numbered(connect, ann, bob, room, settings):
    settings.CHAT["MESSAGE_BURST"] = 100
    first, second = await connect(ann), await connect(ann)
    await say(first, "zero")
    for number in range(10):
        await edit(first, 1, f"first {number}")
        await edit(second, 1, f"second {number}")
    for visitor in (first, second):
        for _ in range(10):
            await visitor.hear("ack")
    rows = await synced(await connect(bob))
    assert [row["seq"] for row in rows] == list(range(1, 22))
    assert rows[0]["message"] == rows[-1]["message"]


async def test_a_change_does_not_count_as_unread(connect, ann, bob, room):
    author, reader = await connect(ann), await connect(bob)
    await say(author, "one")
    await items(reader, 1)
    await reader.tell("seen", seq=1)
    await author.hear("seen")
    await edit(author, 1, "two")
    await author.hear("ack")
    await say(author, "three")
    await edit(author, 3, "four")
    await author.hear("ack")

    @database_sync_to_async
    def unread():
        [seen] = Room.objects.joined_by(bob)
        [listed] = Room.objects.visible_to(bob).with_unread(bob)
        return seen.unread, listed.unread

    assert await unread() == (1, 1)


async def test_pages_of_history_have_messages_with_their_current_texts(connect, ann, room):
    author = await connect(ann)
    for text in ("one", "two", "three"):
        await say(author, text)
    await edit(author, 1, "first")
    await author.hear("ack")
    await delete(author, 2)
    await author.hear("ack")

    @database_sync_to_async
    def page(limit):
        return log_in(ann).get(f"/chat/lobby/messages/?limit={limit}").json()

    shown = [(item["seq"], item["message"]) for item in (await page(3))["messages"]]
    assert shown == [(1, "first"), (2, ""), (3, "three")]
    assert not (await page(3))["more"] and (await page(2))["more"]

    @database_sync_to_async
    def lines():
        return log_in(ann).get("/chat/lobby/").context["window"].lines

    assert [(line.seq, line.text) for line in await lines()] == shown


async def test_a_change_counts_as_a_message_for_the_rate_limit(connect, ann, room, settings):
    settings.CHAT["MESSAGE_BURST"] = 2
    author = await connect(ann)
    await say(author, "one")
    await edit(author, 1, "two")
    await author.hear("ack")
    client_id = await delete(author, 1)
    error = await author.hear("error")
    assert (error["code"], error["ref"]) == ("rate_limited", client_id)


async def test_changes_add_no_query_to_ordinary_messages(ann, room):
    @database_sync_to_async
    def queries(*drafts):
        with CaptureQueriesContext(connection) as captured:
            messages.store(drafts)
        return len(captured)

    first, second = (messages.Draft(room.pk, ann, uuid.uuid4(), text) for text in "ab")
    assert await queries(first) == await queries(second) == 4  # BEGIN and COMMIT are two of them
