from datetime import timedelta

from channels.db import database_sync_to_async
from conftest import frame_with
from django.apps import apps
from django.utils import timezone
from test_edits import deletion_of, edit_of, is_refused, send, texts_in


@database_sync_to_async
def let_pass(room, minutes):
    """Make the messages of a room older."""
    messages = apps.get_model("chat_app", "Message").objects.filter(room__name=room)
    messages.update(at=timezone.now() - timedelta(minutes=minutes))


async def test_a_message_is_edited_within_15_minutes(enter, room):
    ann = await enter(room)
    await send(ann, frame_with("helo"))
    await let_pass(room, 14)
    assert await send(ann, edit_of(1, "hello")) == 2
    assert await texts_in(room) == ["hello", "hello"]


async def test_after_15_minutes_an_edit_is_refused(enter, room):
    ann = await enter(room)
    await send(ann, frame_with("I owe you a tea"))
    await let_pass(room, 16)
    await is_refused(ann, edit_of(1, "You owe me a tea"))
    assert await texts_in(room) == ["I owe you a tea"]


async def test_a_message_can_be_deleted_at_any_time(enter, room):
    ann = await enter(room)
    await send(ann, frame_with("my secret"))
    await let_pass(room, 24 * 60)
    assert await send(ann, deletion_of(1)) == 2
    assert not any(await texts_in(room))
