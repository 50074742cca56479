import asyncio
import contextlib
import json

import pytest
from browsing import *  # noqa: F403
from browsing import connected_on, expect, message_of, says_that_it_is_connected
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from conftest import frame_with, header_of, make_room, next_message
from django.apps import apps
from django.db.models.signals import post_save
from django.test import Client
from django.utils import timezone
from websockets.asyncio.client import connect

MANY = 120
AT_ONCE = 20
PATIENCE = 10  # seconds until an answer counts as lost


class CutShort(Exception):
    """The server stops in the middle of its work."""


def room_called(name):
    return apps.get_model("chat_app", "Room").objects.get(name=name)


def fill(room, count):
    """Store numbered messages from Ann in a room, without telling anybody."""
    ann = apps.get_model("chat_app", "User").objects.get(username="Ann")
    message, now = apps.get_model("chat_app", "Message"), timezone.now()
    found = room_called(room)
    message.objects.bulk_create(
        message(room=found, seq=seq, author=ann, text=f"number {seq}.", at=now)
        for seq in range(1, count + 1)
    )
    found.head = count
    found.save()


def stored_in(room):
    rows = apps.get_model("chat_app", "Message").objects.filter(room__name=room).order_by("seq")
    return list(rows.values_list("seq", "text"))


def page_of(client, room, query=""):
    path = f"/chat/{room}/messages/{query}"
    response = client.get(path)
    assert response.status_code == 200, f"{path} answered {response.status_code}"
    return response.json()


@pytest.fixture
def long_room(room, cookies):
    """The name of a room with a long history."""
    fill(room, MANY)
    return room


async def test_the_first_frame_says_how_far_the_room_is(visit, enter, room):
    ann = await enter(room)
    await ann.say("one")
    assert (await ann.hears("one")).get("seq") == 1, "the first message of a room is not number 1"
    bob = visit(room)
    await bob.try_to_connect()
    frame = await bob.next_frame("Bob was let in and got no frame")
    says = f"the first frame that Bob got is {frame}"
    assert frame.get("type") == "welcome", f'{says}, and its type is not "welcome"'
    assert frame.get("head") == 1, f"{says}, but the newest message is number 1"


async def test_messages_carry_their_number_and_their_time(enter, room):
    ann, bob = await enter(room), await enter(room)
    for number, text in enumerate(["one", "two", "three"], 1):
        await ann.say(text)
        for visitor in (ann, bob):
            message = await visitor.hears(text)
            assert message.get("seq") == number, f"{text!r} arrived as {message}, not as {number}"
            assert "at" in message, f"{text!r} arrived as {message}, without a time"


async def test_a_message_is_stored_before_anybody_hears_it(enter, room, monkeypatch):
    ann = await enter(room)
    layer, stored = get_channel_layer(), []
    group_send = layer.group_send

    async def noted_group_send(group, event):
        stored.append(await database_sync_to_async(stored_in)(room))
        await group_send(group, event)

    monkeypatch.setattr(layer, "group_send", noted_group_send)
    await ann.say("keep this")
    await ann.hears("keep this")
    assert stored == [[(1, "keep this")]], "the others are told about a message before it is stored"


async def test_two_servers_number_the_messages_of_a_room_without_gaps(serve, room, cookies):
    def connect_to(server, name):
        url, headers = f"ws://{server}/ws/chat/{room}/", header_of(cookies[name])
        return connect(url, origin=f"http://{server}", additional_headers=headers)

    async def hear_all(socket):
        async def next_frame():
            return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))

        heard = [await next_message(next_frame) for _ in range(2 * AT_ONCE)]
        return sorted(message.get("seq", 0) for message in heard)

    one, two = serve(2)
    async with connect_to(one, "Ann") as ann, connect_to(two, "Bob") as bob:
        for number in range(AT_ONCE):
            for socket in (ann, bob):
                await socket.send(json.dumps(frame_with(f"number {number}")))
        try:
            heard = [await hear_all(ann), await hear_all(bob)]
        except TimeoutError:
            heard = []
    stored = [seq for seq, _ in await database_sync_to_async(stored_in)(room)]
    wanted = list(range(1, 2 * AT_ONCE + 1))
    assert stored == wanted, (
        f"two servers stored {len(wanted)} messages at the same time as {stored}"
    )
    assert heard == [wanted, wanted], f"Ann and Bob received the numbers {heard}"


async def test_a_message_is_stored_with_its_number_or_not_at_all(enter, room):
    def cut_short(**kwargs):
        raise CutShort

    ann, bob = await enter(room), await enter(room)
    message = apps.get_model("chat_app", "Message")
    post_save.connect(cut_short, sender=message)
    try:
        await ann.say("half stored")
        with contextlib.suppress(CutShort):
            await next_message(lambda: ann.next_frame("Ann got no answer"))
    finally:
        post_save.disconnect(cut_short, sender=message)
    stored = await database_sync_to_async(stored_in)(room)
    assert stored == [], f"the transaction was interrupted, but {stored} is stored"
    await bob.say("stored")
    seq = (await bob.hears("stored")).get("seq")
    assert seq == 1, f"the transaction was interrupted, but the next message is number {seq}"


def test_the_history_comes_page_by_page_from_the_newest_to_the_first(client, long_room):
    page = page_of(client, long_room)
    numbers = [message["seq"] for message in page["messages"]]
    assert numbers == sorted(numbers), f"the messages are out of order: {numbers}"
    assert numbers[-1] == MANY, (
        f"the first page ends with {numbers[-1]}, not with the newest message"
    )
    while page["more"]:
        page = page_of(client, long_room, f"?before={numbers[0]}")
        numbers = [message["seq"] for message in page["messages"]] + numbers
        assert len(numbers) <= MANY, "the pages repeat messages, or never end"
    assert numbers == list(range(1, MANY + 1)), f"the pages contain the numbers {numbers}"


def test_a_message_in_the_history_says_who_wrote_what(client, room):
    fill(room, 1)
    [message] = page_of(client, room)["messages"]
    assert message["author"] == "Ann" and message["message"] == "number 1.", f"it says {message}"
    assert page_of(client, room)["more"] is False, (
        "there is only one message, but `more` is not false"
    )


@pytest.mark.parametrize("before", ["abc", "-1", "1.5", "9" * 30])
def test_a_page_before_nonsense_is_a_bad_request(client, room, before):
    status = client.get(f"/chat/{room}/messages/", {"before": before}).status_code
    assert status == 400, f"asking for messages before {before} answered {status}, not 400"


def test_the_history_of_a_room_is_for_those_who_may_see_it(client_of, room, cookies):
    ann = apps.get_model("chat_app", "User").objects.get(username="Ann")
    private = make_room(f"private-{room}", private=True, owner=ann)
    apps.get_model("chat_app", "Membership").objects.create(room=room_called(private), user=ann)
    path = f"/chat/{private}/messages/"
    assert client_of("Ann").get(path).status_code == 200, "Ann cannot read her own room"
    assert client_of("Bob").get(path).status_code == 404, (
        "Bob, who is not a member, can read a room"
    )
    assert Client().get(path).status_code == 302, "a stranger can read a private room"


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_is_loaded_again_shows_what_was_said(open_room):
    ann = await open_room("Ann")
    await message_of(ann).fill("remember me")
    await message_of(ann).press("Enter")
    await expect(ann.get_by_text("remember me"), "Enter does not send").to_be_visible()
    await ann.reload()
    await says_that_it_is_connected(ann)
    complaint = "after a reload, the page does not show what was said before"
    await expect(ann.get_by_text("remember me"), complaint).to_be_visible()
    await expect(ann.get_by_text("remember me"), "a message is shown twice").to_have_count(1)


@pytest.mark.asyncio(loop_scope="session")
async def test_earlier_messages_come_at_the_press_of_a_button(open_page, site, long_room):
    page = await open_page("Bob")
    await page.goto(f"{site}/chat/{long_room}/")
    newest = page.get_by_text(f"number {MANY}.")
    await expect(newest, "the page does not show the newest message").to_be_in_viewport()
    older, first = page.get_by_role("button", name="earlier"), page.get_by_text("number 1.")
    await expect(first, "the page loads the whole history at once").to_have_count(0)
    await older.click()
    await expect(page.get_by_text("number 30."), "the button does nothing").to_have_count(1)
    await older.click()
    await expect(first, "the button does not load the first message").to_have_count(1)
    await expect(older, "the button is shown although there are no earlier messages").to_be_hidden()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_was_offline_shows_what_it_missed(open_page, open_room, site, room):
    page, sockets, network = await open_page("Bob"), [], {"up": True}

    async def stand_between(socket):
        sockets.append(socket)
        if network["up"]:
            socket.connect_to_server()
        else:
            await socket.close()

    await page.route_web_socket("**/ws/**", stand_between)
    await page.clock.install()
    await page.goto(f"{site}/chat/{room}/")
    await says_that_it_is_connected(page)
    network["up"] = False
    await sockets[-1].close()
    await expect(connected_on(page), "the page does not say that it is offline").to_have_count(0)
    ann = await open_room("Ann")
    await message_of(ann).fill("said meanwhile")
    await message_of(ann).press("Enter")
    await expect(ann.get_by_text("said meanwhile"), "Enter does not send").to_be_visible()
    network["up"] = True
    await page.clock.fast_forward(60_000)
    await says_that_it_is_connected(page, "the page does not reconnect")
    complaint = "the page does not show what was said while it was offline"
    await expect(page.get_by_text("said meanwhile"), complaint).to_have_count(1)
