"""Shared calls: who waits for which one, and what they get if it fails."""

import asyncio

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat_app import rights
from chat_app.background import SharedCall
from chat_app.models import Membership


class Called:
    """A function for SharedCall that waits until it's told to continue."""

    def __init__(self):
        self.calls = []
        self.go_on = asyncio.Event()

    async def __call__(self, keys):
        self.calls.append(keys)
        await self.go_on.wait()
        if 13 in keys:
            raise ValueError("not that one")
        return {key: key * 10 for key in keys}


async def ask(shared, *keys):
    """Ask for these keys, and let everybody start waiting."""
    tasks = [asyncio.create_task(shared.get(key)) for key in keys]
    await asyncio.sleep(0)
    return tasks


async def test_requests_during_a_call_share_the_next_one():
    function = Called()
    shared = SharedCall(function)
    first = await ask(shared, 1)
    await asyncio.sleep(0)
    later = await ask(shared, 2, 3, 2)
    function.go_on.set()
    assert await asyncio.gather(*first, *later) == [10, 20, 30, 20]
    assert function.calls == [{1}, {2, 3}]


async def test_an_error_reaches_only_those_who_shared_the_call():
    function = Called()
    shared = SharedCall(function)
    function.go_on.set()
    failed = await asyncio.gather(*await ask(shared, 13, 14), return_exceptions=True)
    assert [str(error) for error in failed] == ["not that one", "not that one"]
    assert await shared.get(15) == 150


async def test_cancelling_one_waiter_does_not_affect_the_others():
    function = Called()
    shared = SharedCall(function)
    gone, other = await ask(shared, 1, 1)
    gone.cancel()
    function.go_on.set()
    assert await other == 10


@pytest.mark.parametrize("is_private", [False, True])
async def test_checking_read_rights_takes_as_few_queries_for_many_as_for_one(
    ann, bob, room, is_private
):
    @database_sync_to_async
    def ask_database(count):
        room.private = is_private
        room.save()
        Membership.objects.get_or_create(room=room, user=ann)
        users = [get_user_model().objects.create(username=f"{count}-{n}") for n in range(count)]
        with CaptureQueriesContext(connection) as captured:
            may_read = rights.who_may_read.func(room.pk, {ann.pk, *[user.pk for user in users]})
        assert may_read[ann.pk] is True
        assert all(may_read[user.pk] is not is_private for user in users)
        return len(captured)

    assert await ask_database(1) == await ask_database(30) == 2
