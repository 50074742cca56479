import pytest
from channels.db import database_sync_to_async
from django.test import Client
from test_delivery import next_of
from test_marks import sends


@pytest.fixture
def row_of(cookies, room):
    """The room's item in the list of rooms that a person sees."""

    def find(name):
        client = Client()
        client.cookies.load(cookies[name])
        [row] = [item for item in client.get("/").text.split("</li>") if f"/chat/{room}/" in item]
        return row

    return database_sync_to_async(find)


async def test_the_list_of_rooms_says_how_much_is_unread(enter, room, row_of):
    ann, bob = await enter(room), await enter(room)
    for number in (1, 2, 3):
        await sends(ann, f"number {number}.")
    assert "3 unread" in await row_of("Bob")
    await bob.send_json_to({"type": "seen", "seq": 1})
    await next_of(ann, "seen")
    assert "2 unread" in await row_of("Bob")
    await bob.send_json_to({"type": "seen", "seq": 3})
    await next_of(ann, "seen")
    assert "unread" not in await row_of("Bob")


async def test_nothing_is_unread_in_a_room_that_somebody_has_never_entered(enter, room, row_of):
    ann = await enter(room)
    await sends(ann, "number 1.")
    assert "1 unread" in await row_of("Ann")
    assert "unread" not in await row_of("Cem")
