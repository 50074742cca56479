import asyncio
import json

import pytest
from channels.layers import get_channel_layer
from conftest import frame_with, header_of, next_message
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

IDLE_SECONDS = 7
PATIENCE = 5  # seconds until an answer counts as lost


@pytest.fixture(scope="module")
def servers(redis, serve):
    return serve(2)


@pytest.fixture
async def ann(servers, room, cookies):
    async with connect_to(servers[0], room, cookies["Ann"]) as socket:
        yield socket


@pytest.fixture
async def bob(servers, room, cookies):
    async with connect_to(servers[1], room, cookies["Bob"]) as socket:
        yield socket


def test_the_channel_layer_is_redis():
    backend = type(get_channel_layer())
    package = backend.__module__.partition(".")[0]
    assert package == "channels_redis", (
        f"the channel layer is {backend.__name__}, which does not use Redis"
    )


async def test_two_servers_share_a_room(ann, bob):
    await ann.send(json.dumps(frame_with("from the first server")))
    await hears(ann, "Ann", "from the first server")
    await hears(bob, "Bob, on a second server,", "from the first server")
    await bob.send(json.dumps(frame_with("from the second server")))
    await hears(ann, "Ann, on the first server,", "from the second server")


async def test_a_message_still_arrives_after_seven_idle_seconds(enter, room):
    test_the_channel_layer_is_redis()
    ann, bob = await enter(room), await enter(room)
    await ann.say("see you later")
    await ann.hears("see you later")
    await bob.hears("see you later")
    ends = [ann.future, bob.future]
    await asyncio.wait(ends, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    await ann.say("still here")
    await bob.hears("still here")


def connect_to(server, room, cookies):
    url = f"ws://{server}/ws/chat/{room}/"
    return connect(url, origin=f"http://{server}", additional_headers=header_of(cookies))


async def hears(socket, who, message):
    async def next_frame():
        return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))

    try:
        frame = await next_message(next_frame)
    except TimeoutError:
        pytest.fail(f"{who} did not receive {message!r} within {PATIENCE:g} s")
    except ConnectionClosed as closed:
        pytest.fail(f"the server closed {who}'s socket ({closed})")
    assert frame.get("message") == message, f"{who} received {frame!r} instead of {message!r}"
