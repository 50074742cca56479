"""If the database is locked or silent, rooms don't wait for each other and no message is lost."""

import asyncio
import json
import uuid

import psycopg
import pytest

from chat_project.postgres import CLIENT_CHECKS, connection_options
from tests import patience
from tests.postgres import Proxy
from tests.server import Server

pytestmark = pytest.mark.slow


@pytest.fixture
async def proxy(postgres):
    async with Proxy(postgres.port) as proxy:
        yield proxy


@pytest.fixture
async def server(proxy, tmp_path):
    url = f"postgres://chat@127.0.0.1:{proxy.port}/postgres"
    running = Server("uvicorn", tmp_path, DATABASE_URL=url, DATABASE_SECONDS="2")
    await asyncio.to_thread(running.start)
    yield running
    running.forget_users()
    running.stop()


class Chatter:
    """A user with a socket in their own room."""

    def __init__(self, user, socket):
        self.user, self.socket = user, socket

    async def hear(self, *kinds):
        async with asyncio.timeout(patience.SECONDS):
            while (frame := json.loads(await self.socket.recv()))["type"] not in kinds:
                pass
        return frame

    async def say(self, text, client_id=None):
        client_id = client_id or str(uuid.uuid4())
        frame = {"type": "message", "client_id": client_id, "message": text}
        await self.socket.send(json.dumps(frame))
        return client_id


@pytest.fixture
async def chatters(server):
    """Two people, each in their own room."""
    ann, bob = await asyncio.to_thread(lambda: [server.user(), server.user()])
    async with ann.connect() as first, bob.connect() as second:
        people = [Chatter(ann, first), Chatter(bob, second)]
        for chatter in people:
            await chatter.hear("welcome")
        yield people


async def test_a_locked_room_delays_no_other_room_and_its_message_is_stored_later(
    postgres, chatters
):
    ann, bob = chatters
    with psycopg.connect(postgres.url) as lock:
        query = "select * from chat_app_room where name = %s for update"
        lock.execute(query, [ann.user.room])
        client_id = await ann.say("into the locked room")
        for number in range(3):
            await bob.say(str(number))
            assert (await bob.hear("ack", "error"))["type"] == "ack"
        error = await ann.hear("ack", "error")
        assert (error["code"], error["ref"]) == ("unavailable", client_id)
        lock.rollback()
    await ann.say("into the locked room", client_id)
    assert (await ann.hear("ack", "error"))["seq"] == 1


async def test_others_enter_while_a_room_is_locked(postgres, server, chatters):
    ann, bob = chatters
    visitor = await asyncio.to_thread(server.user)
    with psycopg.connect(postgres.url) as lock:
        query = "select * from chat_app_room where name = %s for update"
        lock.execute(query, [ann.user.room])
        async with (
            visitor.connect(ann.user.room) as waiting,
            visitor.connect(bob.user.room) as entering,
        ):
            await Chatter(visitor, entering).hear("welcome")
            lock.rollback()
            assert json.loads(await waiting.recv())["type"] == "welcome"


def test_postgresql_soon_notices_a_lost_app_host(postgres):
    options = connection_options(seconds=5)["options"]
    with psycopg.connect(postgres.url, options=options) as connection:
        for name, value in CLIENT_CHECKS.items():
            query = "select setting from pg_settings where name = %s"
            assert connection.execute(query, [name]).fetchone() == (str(value),)


async def test_connections_that_went_silent_are_replaced(proxy, chatters):
    ann, bob = chatters
    for chatter in chatters:
        await chatter.say("before")
        await chatter.hear("ack")
    proxy.swallow()
    for chatter in chatters:
        client_id = await chatter.say("half-open")
        answer = await chatter.hear("ack", "error")
        while answer["type"] == "error":
            assert (answer["code"], answer["ref"]) == ("unavailable", client_id)
            await chatter.say("half-open", client_id)
            answer = await chatter.hear("ack", "error")
        assert answer["seq"] == 2
