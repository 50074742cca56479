from unittest.mock import ANY, AsyncMock

import pytest
from channels.layers import get_channel_layer

from chat_project.asgi import application

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
    assert await ann.hear() == {"message": "hello"}
    assert await bob.hear() == {"message": "hello"}


async def test_rooms_are_separate(enter, room):
    ann, bob = await enter(room), await enter(f"{room}-2")
    await ann.say("for the first room")
    assert await ann.hear() == {"message": "for the first room"}
    await bob.say("for the second room")
    assert await bob.hear() == {"message": "for the second room"}


async def test_whoever_leaves_a_room_leaves_its_group(enter, room, monkeypatch):
    layer = get_channel_layer()
    monkeypatch.setattr(layer, "group_discard", AsyncMock(wraps=layer.group_discard))
    ann = await enter(room)
    await ann.disconnect()
    layer.group_discard.assert_awaited_once_with(f"chat_{room}", ANY)


async def test_a_message_of_1000_characters_arrives(enter, room):
    ann = await enter(room)
    await ann.say("a" * 1000)
    assert await ann.hear() == {"message": "a" * 1000}


@pytest.mark.parametrize("frame", BAD_FRAMES.values(), ids=BAD_FRAMES)
async def test_a_bad_frame_is_answered_in_words_and_the_socket_lives(enter, room, frame):
    ann = await enter(room)
    await ann.send_to(text_data=frame)
    answer = await ann.hear()
    assert list(answer) == ["error"] and " " in answer["error"]
    await ann.say("still here")
    assert await ann.hear() == {"message": "still here"}


async def test_an_empty_frame_is_answered_in_words_and_the_socket_lives(enter, room):
    ann = await enter(room)
    await ann.send_input({"type": "websocket.receive", "text": ""})
    assert " " in (await ann.hear())["error"]
    await ann.say("still here")
    assert await ann.hear() == {"message": "still here"}


async def test_a_binary_frame_is_answered_in_words_and_the_socket_lives(enter, room):
    ann = await enter(room)
    await ann.send_to(bytes_data=b"hello")
    assert " " in (await ann.hear())["error"]
    await ann.say("still here")
    assert await ann.hear() == {"message": "still here"}


@pytest.mark.parametrize("name", ["my-room", "Room_2", "a", "a" * 80])
async def test_letters_digits_hyphens_and_underscores_make_a_room_name(enter, name):
    ann = await enter(name)
    await ann.say("hello")
    assert await ann.hear() == {"message": "hello"}


@pytest.mark.parametrize("name", ["my room", "café", "a.b", "a" * 81, "lobby\n"])
async def test_any_other_room_name_has_no_route(name):
    scope = {"type": "websocket", "path": f"/ws/chat/{name}/", "headers": []}
    with pytest.raises(ValueError, match="No route found"):
        await application(scope, receive=None, send=None)


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://localhost"])
async def test_a_page_of_this_site_may_open_a_socket(enter, room, origin):
    ann = await enter(room, origin)
    await ann.say("hello")
    assert await ann.hear() == {"message": "hello"}


async def test_a_page_of_another_site_is_refused(enter, room):
    with pytest.raises(AssertionError, match="refused"):
        await enter(room, "http://evil.example")
