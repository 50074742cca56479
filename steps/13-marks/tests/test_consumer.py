import asyncio

import pytest
from channels.layers import get_channel_layer

BAD_FRAMES = {
    "not JSON": "hello",
    "a list": '["hello"]',
    "null": "null",
    "without a message": '{"msg": "hello"}',
    "a number as message": '{"message": 5}',
    "blank": '{"message": "  "}',
    "too long": '{"message": "%s"}' % ("a" * 1001),
    "half a character": r'{"message": "\ud800"}',
    "a number of 5,000 digits": '{"message": %s}' % ("9" * 5000),
    "nested 30,000 deep": "[" * 30_000,
}


async def test_members_of_a_room_hear_each_other(enter, room):
    ann, bob = await enter(room), await enter(room)
    await ann.say("hello")
    await ann.hears("hello")
    await bob.hears("hello")


async def test_rooms_are_separate(enter, room):
    ann, bob = await enter(room), await enter(f"{room}-2")
    await ann.say("for the first room")
    await ann.hears("for the first room")
    await bob.say("for the second room")
    await bob.hears("for the second room")


async def test_whoever_is_let_in_misses_nothing_from_then_on(enter, room, monkeypatch):
    ann = await enter(room)
    layer = get_channel_layer()
    group_add = layer.group_add

    async def slow_group_add(group, channel):
        await asyncio.sleep(0.05)
        await group_add(group, channel)

    monkeypatch.setattr(layer, "group_add", slow_group_add)
    bob = await enter(room)
    await ann.say("welcome")
    await ann.hears("welcome")
    await bob.hears("welcome")


async def test_whoever_leaves_a_room_leaves_its_group(enter, room, monkeypatch):
    ann = await enter(room)
    await ann.say("hello")
    await ann.hears("hello")
    layer = get_channel_layer()
    members = set()
    group_add, group_discard = layer.group_add, layer.group_discard

    async def noted_group_add(group, channel):
        members.add((group, channel))
        await group_add(group, channel)

    async def noted_group_discard(group, channel):
        members.discard((group, channel))
        await group_discard(group, channel)

    monkeypatch.setattr(layer, "group_add", noted_group_add)
    monkeypatch.setattr(layer, "group_discard", noted_group_discard)
    bob = await enter(f"{room}-2")
    assert members, "Bob was let in but is not in a group"
    await bob.leave()
    assert not members, "Bob has left but is still in the room's group"


async def test_a_message_of_1000_characters_arrives(enter, room):
    ann = await enter(room)
    await ann.say("a" * 1000)
    await ann.hears("a" * 1000)


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
async def test_a_bad_frame_is_answered_in_words_and_the_socket_lives(enter, room, frame):
    ann = await enter(room)
    await ann.send_to(text_data=frame)
    await ann.is_told_what_is_wrong()
    await ann.say("still here")
    await ann.hears("still here")


async def test_an_empty_frame_is_answered_in_words_and_the_socket_lives(enter, room):
    ann = await enter(room)
    await ann.send_input({"type": "websocket.receive", "text": ""})
    await ann.is_told_what_is_wrong()
    await ann.say("still here")
    await ann.hears("still here")


async def test_a_binary_frame_is_answered_in_words_and_the_socket_lives(enter, room):
    ann = await enter(room)
    await ann.send_to(bytes_data=b"hello")
    await ann.is_told_what_is_wrong()
    await ann.say("still here")
    await ann.hears("still here")


@pytest.mark.parametrize("name", ["my-room", "Room_2", "a", "a" * 80])
async def test_letters_digits_hyphens_and_underscores_make_a_room_name(enter, name):
    ann = await enter(name)
    await ann.say("hello")
    await ann.hears("hello")


@pytest.mark.parametrize("name", ["my room", "café", "a.b", "a" * 81, "lobby\n"])
async def test_any_other_room_name_is_not_let_in(visit, name):
    try:
        let_in = await visit(name).try_to_connect()
    except ValueError as error:
        assert "No route found" in str(error)
    else:
        assert not let_in, f"the room name {name!r} was accepted"


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://localhost"])
async def test_a_page_of_this_site_may_open_a_socket(enter, room, origin):
    ann = await enter(room, origin)
    await ann.say("hello")
    await ann.hears("hello")


async def test_a_page_of_another_site_is_refused(visit, room):
    let_in = await visit(room, "http://evil.example").try_to_connect()
    assert not let_in, "a page from http://evil.example may open a socket to this site"
