import pytest
from channels.db import database_sync_to_async
from django.test import Client


@pytest.fixture
async def talked(enter, room):
    ann = await enter(room)
    for text in ("more tea", "no coffee", "Tea again"):
        await ann.say(text)
        await ann.hears(text)


@pytest.mark.parametrize(
    ("query", "found"),
    [("?q=tea", ["more tea", "Tea again"]), ("?q=milk", []), ("?q=tea&before=3", ["more tea"])],
)
async def test_the_history_can_be_searched(talked, room, cookies, query, found):
    def search():
        client = Client()
        client.cookies.load(cookies["Bob"])
        return client.get(f"/chat/{room}/messages/{query}").json()

    page = await database_sync_to_async(search)()
    assert [message["message"] for message in page["messages"]] == found
