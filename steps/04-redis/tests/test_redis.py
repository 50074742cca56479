import asyncio
import json

import pytest
from channels.layers import get_channel_layer
from channels_redis.core import RedisChannelLayer
from websockets.asyncio.client import connect

IDLE_SECONDS = 7


@pytest.fixture(scope="module")
def servers(redis, serve):
    return serve(), serve()


@pytest.fixture
async def ann(servers, room):
    async with connect(f"ws://{servers[0]}/ws/chat/{room}/") as socket:
        yield socket


@pytest.fixture
async def bob(servers, room):
    async with connect(f"ws://{servers[1]}/ws/chat/{room}/") as socket:
        yield socket


def test_the_channel_layer_is_redis():
    assert isinstance(get_channel_layer(), RedisChannelLayer)


async def test_two_servers_share_a_room(ann, bob):
    await ann.send('{"message": "from the first server"}')
    assert await hear(bob) == {"message": "from the first server"}
    await bob.send('{"message": "from the second server"}')
    assert await hear(ann) == {"message": "from the first server"}
    assert await hear(ann) == {"message": "from the second server"}


async def test_a_message_still_arrives_after_seven_idle_seconds(ann, bob):
    await ann.send('{"message": "see you later"}')
    assert await hear(ann) == await hear(bob) == {"message": "see you later"}
    await asyncio.sleep(IDLE_SECONDS)
    await ann.send('{"message": "still here"}')
    assert await hear(bob) == {"message": "still here"}


async def hear(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), timeout=5))
