"""The stand-in for Redis does everything that both channels_redis layers rely on."""

import asyncio
import subprocess
import sys
import time

import patience
import pytest
import redis
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from workshop.authoring.testing.suites import PLUGINS
from workshop.base.environment import child_environment
from workshop.base.paths import ROOT
from workshop.course import catalog
from workshop.services.redis_binary import STAND_IN
from workshop.services.redis_stand_in import StandInRedis

WITH_REDIS = [
    checkpoint.slug
    for checkpoint in catalog.load()
    if checkpoint.number and "redis" in checkpoint.needs
]
WITHOUT_BROWSER = ["-p", "carried"]  # from the folder PREVIOUS_TESTS


@pytest.fixture(scope="module")
def stand_in():
    with StandInRedis() as server:
        yield server


@pytest.mark.parametrize("kind", [RedisChannelLayer, RedisPubSubChannelLayer])
async def test_a_message_to_a_group_reaches_its_members_in_another_layer(stand_in, kind):
    hosts = [{"address": stand_in.url, "socket_timeout": None}]
    sender, receiver = kind(hosts=hosts), kind(hosts=hosts)
    channel = await receiver.new_channel()
    await receiver.group_add("room", channel)
    message = {"type": "chat.message", "text": "ü" * 10_000}
    await sender.group_send("room", message)
    assert await asyncio.wait_for(receiver.receive(channel), patience.SECONDS) == message
    await receiver.group_discard("room", channel)
    await sender.flush()


def test_a_disconnected_client_takes_no_message_from_a_waiting_one(stand_in):
    """channels_redis shares one queue among all consumers of a process, and cancels its reads."""
    with redis.Redis.from_url(stand_in.url) as sender, sender.pubsub() as news:
        news.subscribe("ready")
        leaving = redis.Redis.from_url(stand_in.url).connection_pool.get_connection()
        leaving.send_command("PUBLISH", "ready", "it reads the queue next")
        leaving.send_command("BZPOPMIN", "queue", 0)
        next_message(news)
        leaving.disconnect()
        sender.zadd("queue", {"for the one who stayed": 1})
        assert sender.zpopmin("queue") == [(b"for the one who stayed", 1.0)]


def test_a_published_message_is_sent_where_python_has_no_fcntl():
    """This is about Windows. Subscribers send no requests, so the server has to push."""
    with StandInWithoutFcntl() as server, redis.Redis.from_url(server.url) as sender:
        with redis.Redis.from_url(server.url).pubsub() as news:
            news.subscribe("room")
            assert news.get_message(timeout=patience.SECONDS)["type"] == "subscribe"
            sender.publish("room", "hello")
            assert next_message(news)["data"] == b"hello"


def next_message(news):
    """Return a subscription's next message, without redis-py's own notifications."""
    deadline = time.monotonic() + patience.SECONDS
    while time.monotonic() < deadline:
        found = news.get_message(ignore_subscribe_messages=True, timeout=1)
        if found:
            return found
    raise AssertionError("no message was sent")


class StandInWithoutFcntl(StandInRedis):
    def command(self):
        code = (
            "import runpy, sys; sys.modules['fcntl'] = None; sys.argv = sys.argv[1:];"
            "runpy.run_path(sys.argv[0], run_name='__main__')"
        )
        python, _, script, port = super().command()
        return [python, "-P", "-c", code, script, port]


def test_a_reply_larger_than_the_connections_buffers_arrives_complete(stand_in):
    with redis.Redis.from_url(stand_in.url) as client:
        client.set("large", b"x" * 20_000_000)
        assert len(client.get("large")) == 20_000_000


def test_a_restarted_stand_in_keeps_its_port_and_forgets_its_data():
    with StandInRedis() as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "value")
        server.stop()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        server.start()
        assert client.get("key") is None


@pytest.mark.slow
def test_the_tests_of_step_04_run_on_the_stand_in():
    passes("04-redis", "-k", "test_redis and not seven_idle", "-q")


@pytest.mark.slow
@pytest.mark.parametrize("step", WITH_REDIS)
def test_all_tests_of_a_step_pass_on_the_stand_in(step):
    """Except browser tests, because their servers use Redis in the same way as the others."""
    tests = catalog.find(step).folder / "tests"
    passes(step, *WITHOUT_BROWSER, PREVIOUS_TESTS=tests, COSTLY="browser")


@pytest.mark.slow
def test_the_finished_app_runs_on_the_stand_in():
    passes("final", "-m", "not slow", "-k", "pubsub or redis or presence")


def passes(step, *options, **variables):
    """Run the tests of `step` where no Redis is installed, and check that they pass."""
    variables = {name: str(value) for name, value in variables.items()}
    environment = child_environment(REDIS_SERVER=STAND_IN, PYTHONPATH=str(PLUGINS), **variables)
    for name in ("REDIS_URL", "SAMPLE"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "workshop.cli", "test", step, *options],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
