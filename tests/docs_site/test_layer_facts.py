"""The pages describe the core layer's queues as they really behave on Redis."""

import asyncio
import logging
import os

import patience
import pytest
import pytest_asyncio
from channels_redis.core import RedisChannelLayer

from workshop.services import redis_server
from workshop.services.redis_binary import find_server

CAPACITY = 100  # the default, which the pages name
EVENTS = 300


@pytest_asyncio.fixture
async def layer():
    program = find_server()
    if not program:
        why = redis_server.NONE_FOUND
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
    with redis_server.PrivateRedis(program) as redis:
        layer = RedisChannelLayer(hosts=[{"address": redis.url, "socket_timeout": None}])
        yield layer
        await layer.close_pools()


async def members(layer, number):
    channels = [await layer.new_channel() for _ in range(number)]
    for channel in channels:
        await layer.group_add("chat_lobby", channel)
    return channels


async def receive(layer, channel):
    async with asyncio.timeout(patience.SECONDS):
        return await layer.receive(channel)


async def test_one_process_decodes_a_group_message_once_for_all_its_sockets(layer, monkeypatch):
    decoded = []
    deserialize = layer.deserialize
    monkeypatch.setattr(layer, "deserialize", lambda text: decoded.append(1) or deserialize(text))
    channels = await members(layer, 50)
    event = {"type": "chat.message", "message": "hello"}
    await layer.group_send("chat_lobby", event)
    events = await asyncio.gather(*(receive(layer, channel) for channel in channels))
    assert [one["message"] for one in events] == ["hello"] * 50
    assert len(decoded) == 1


async def test_a_process_that_falls_behind_keeps_the_oldest_and_logs(layer, caplog):
    (channel,) = await members(layer, 1)
    with caplog.at_level(logging.INFO, logger="channels_redis"):
        for number in range(EVENTS):
            await layer.group_send("chat_lobby", {"type": "chat.message", "number": number})
    assert "1 of 1 channels over capacity in group chat_lobby" in caplog.messages
    kept = [(await receive(layer, channel))["number"] for _ in range(CAPACITY)]
    assert kept == list(range(CAPACITY))


async def test_a_socket_that_falls_behind_the_others_keeps_the_newest_and_logs_nothing(
    layer, caplog
):
    slow, quick = await members(layer, 2)
    with caplog.at_level(logging.INFO, logger="channels_redis"):
        for number in range(EVENTS):
            await layer.group_send("chat_lobby", {"type": "chat.message", "number": number})
            assert (await receive(layer, quick))["number"] == number
    kept = [(await receive(layer, slow))["number"] for _ in range(CAPACITY)]
    assert kept == list(range(EVENTS - CAPACITY, EVENTS))
    assert caplog.messages == []
