"""When a user is deleted, messages stay, sockets close, and private rooms get a new owner."""

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model

from chat_app.models import Membership, Message, Room
from tests.conftest import log_in


async def test_messages_stay_without_an_author(connect, ann, bob, room):
    author = await connect(ann)
    await author.say("I was here")
    await author.hear("ack")
    await ann.adelete()
    assert await author.closed() == 4401
    reader = await connect(bob)
    await reader.tell("sync", after=0)
    [message] = (await reader.hear("synced"))["messages"]
    assert (message["author"], message["message"]) == (None, "I was here")

    @database_sync_to_async
    def page():
        return log_in(bob).get("/chat/lobby/messages/").json()

    assert (await page())["messages"] == [message]

    @database_sync_to_async
    def room_page():
        return log_in(bob).get("/chat/lobby/").text

    assert "I was here" in await room_page()


async def test_a_former_members_message_can_be_deleted_by_the_owner_but_not_edited(
    connect, ann, bob, room
):
    owner, member = await connect(ann), await connect(bob)
    await member.say("left behind")
    await member.hear("ack")
    await bob.adelete()
    client_id = "12345678-1234-4234-8234-000000000001"
    await owner.tell("edit", client_id=client_id, seq=1, message="mine now")
    assert (await owner.hear("error"))["code"] == "not_yours"
    await owner.tell("delete", client_id=client_id, seq=1)
    assert (await owner.hear("ack"))["seq"] == 2
    assert (await Message.objects.aget(seq=1)).text == ""


async def test_a_room_without_an_owner_keeps_working(connect, ann, bob, room):
    await ann.adelete()
    visitor = await connect(bob)
    await visitor.say("still open")
    assert (await visitor.hear("ack"))["seq"] == 1
    assert (await Room.objects.aget()).owner_id is None


def test_the_oldest_member_of_a_private_room_becomes_its_owner(ann, bob, secret):
    eve = get_user_model().objects.create(username="eve")
    Membership.objects.create(room=secret, user=eve)
    Membership.objects.create(room=secret, user=bob)
    get_user_model().objects.filter(username="ann").delete()
    secret.refresh_from_db()
    assert secret.owner == eve
    assert log_in(eve).get("/chat/secret/members/").status_code == 200
    assert log_in(bob).get("/chat/secret/members/").status_code == 404


def test_a_private_room_without_other_members_stays_closed(ann, bob, secret):
    ann.delete()
    secret.refresh_from_db()
    assert secret.owner is None
    assert log_in(bob).get("/chat/secret/").status_code == 404
