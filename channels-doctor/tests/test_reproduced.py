"""Reproduce the pitfalls that the doctor can't find, and show that their fixes work."""

import json
import re
import socket
from pathlib import Path

import pytest
from base_project import FILES, backward, edited, forward
from case_parts import IN_MEMORY, VIEWS, consumer, settings
from live_servers import postgres, postgres_programs, server
from processes import browser, daphne, free_port, knocked, program, run
from websockets.sync.client import connect

from channels_doctor import pitfalls
from channels_doctor.live import private_redis

pytestmark = pytest.mark.slow

JOIN = "        await self.channel_layer.group_add(self.group_name, self.channel_name)\n"
ACCEPT = "        await self.accept()\n"
LEAVE = "    async def disconnect(self, code):\n"


def fixed(name, files):
    """Return `files` with the example of the registry done."""
    return forward(files, pitfalls.find(name).fix.diff)


def message(name, case=""):
    return pitfalls.find(name).symptom(case).text


@pytest.fixture
def healthy(examined):
    """Assert that the doctor finds nothing in `files`, and return them."""

    def check(files):
        found = examined(files)
        assert found.troubles == []
        assert [(finding.id, finding.what) for finding in found.findings] == []
        return files

    return check


BURST = """\
import asyncio

from channels.layers import get_channel_layer


async def join(layer, count):
    return await asyncio.gather(
        *(layer.group_add("lobby", f"specific.{number}!x") for number in range(count)),
        return_exceptions=True,
    )


print({f"{error}" for error in asyncio.run(join(get_channel_layer(), COUNT))})
"""


def test_two_hundred_members_at_once_need_more_connections(healthy, projects):
    good = edited(
        FILES,
        [settings('"socket_timeout": None}', '"socket_timeout": None, "max_connections": 1000}')],
    )
    bad = edited(
        FILES,
        [settings('"socket_timeout": None}', '"socket_timeout": None, "max_connections": 100}')],
    )
    code = BURST.replace("COUNT", "200")
    assert message("P74").partition(": ")[2] in run(projects(bad), code)
    assert "Too many connections" not in run(projects(healthy(good)), code)
    assert '"max_connections": 1000' in pitfalls.find("P74").fix.diff


COUNTS = """\
from django.conf import settings
from redis.asyncio import Redis

client = Redis.from_url(settings.REDIS_URL)


async def count():
    return await client.incr("visits")
"""
URL = [settings("CHANNEL_LAYERS = {", 'REDIS_URL = "redis://127.0.0.1:6379/0"\nCHANNEL_LAYERS = {')]
TWICE = """\
import asyncio

from chat_app.counts import count

first = asyncio.run(count())
assert asyncio.run(count()) == first + 1
"""


def test_a_client_that_outlives_its_loop_fails_in_the_next_one(healthy, projects):
    files = {**edited(FILES, URL), "chat_app/counts.py": COUNTS}
    assert message("P75") in run(projects(files), TWICE)
    assert "Error" not in run(projects(healthy(fixed("P75", files))), TWICE)


TEST_FILE = """\
import pytest
import pytest_asyncio
from redis.asyncio import Redis


@pytest_asyncio.fixture(scope="session")
async def client():
    async with Redis(port=6379) as redis:
        await redis.ping()
        yield redis


@pytest.mark.asyncio
async def test_redis_answers(client):
    assert await client.ping()
"""


def test_a_fixture_of_the_session_belongs_to_another_loop(healthy, projects):
    pytest.importorskip("pytest_asyncio")
    files = {**FILES, "tests/test_chat.py": TEST_FILE}
    command = "import pytest; pytest.main(['-q', '-p', 'no:cacheprovider', 'tests/test_chat.py'])"
    said = run(projects(files), command)
    assert re.search(r"got Future .* attached to a different loop", said)
    said = run(projects(healthy(fixed("P76", files))), command)
    assert "1 passed" in said


WORKER = """\
import asyncio
import queue
import threading

from channels.layers import get_channel_layer

layer = get_channel_layer()


def receive_in_a_thread(names, answers):
    async def receive():
        name = await layer.new_channel()
        names.put(name)
        return await layer.receive(name)

    try:
        answers.put(asyncio.run(receive()))
    except RuntimeError as error:
        answers.put(repr(error))


async def main():
    default, names, answers = get_channel_layer(), queue.Queue(), queue.Queue()
    own = await default.new_channel()
    waiting = asyncio.create_task(default.receive(own))
    await asyncio.sleep(0)
    threading.Thread(target=receive_in_a_thread, args=(names, answers)).start()
    await layer.send(await asyncio.to_thread(names.get), {"type": "for.the.thread"})
    print(await asyncio.to_thread(answers.get))
    await default.send(own, {"type": "for.the.loop"})
    print(await waiting)
"""
SECOND_LAYER = [
    settings(
        "        },\n    },\n}\n",
        '        },\n    },\n    "worker": {\n'
        '        "BACKEND": "channels_redis.core.RedisChannelLayer",\n'
        '        "CONFIG": {\n'
        '            "hosts": [{"address": "redis://127.0.0.1:6379/0", "socket_timeout": None}],\n'
        '            "prefix": "worker",\n        },\n    },\n}\n',
    )
]


def test_two_loops_need_two_layers_to_receive(healthy, projects):
    files = {**edited(FILES, SECOND_LAYER), "chat_app/worker.py": WORKER}
    code = "import asyncio\n\nfrom chat_app.worker import main\n\nasyncio.run(main())\n"
    assert message("P77").partition(": ")[2] in run(projects(files), code)
    said = run(projects(healthy(fixed("P77", files))), code)
    assert "for.the.thread" in said and "for.the.loop" in said
    assert "Error" not in said


def test_a_socket_that_is_never_accepted_ends_with_its_handshake(healthy, projects):
    files = backward(FILES, pitfalls.find("P78").fix.diff)
    port = free_port()
    address = f"127.0.0.1:{port}"
    with program(projects(files), "manage.py", "runserver", "--noreload", address) as started:
        started.says("Starting ASGI/Daphne")
        with knocked(port):
            started.says("WebSocket HANDSHAKING /ws/chat/lobby/")
        said = started.says("WebSocket DISCONNECT /ws/chat/lobby/")
        assert "WebSocket CONNECT" not in said
    port = free_port()
    address = f"127.0.0.1:{port}"
    folder = projects(healthy(fixed("P78", files)))
    with program(folder, "manage.py", "runserver", "--noreload", address) as started:
        started.says("Starting ASGI/Daphne")
        with knocked(port):
            started.says("WebSocket CONNECT /ws/chat/lobby/")


def opened_by(started, port):
    """Open a socket on the server at `port`, as soon as it listens."""
    started.says("Listening on TCP address")
    return opened(port)


def opened(port):
    return connect(f"ws://127.0.0.1:{port}/ws/chat/lobby/", origin=f"http://localhost:{port}")


def test_daphne_closes_a_socket_that_is_old_enough(projects):
    """It counts seconds; so the one with a limit closes while the one without one lives on."""
    assert "--websocket_timeout -1" in pitfalls.find("P81").fix.diff
    folder, short, endless = projects(), free_port(), free_port()
    with (
        daphne(folder, short, "--websocket_timeout", "10") as first,
        daphne(folder, endless, "--websocket_timeout", "-1") as second,
    ):
        first.says("Listening on TCP address")
        second.says("Listening on TCP address")
        with opened(endless) as kept, opened(short) as limited:
            with pytest.raises(Exception, match="1000"):
                limited.recv(timeout=120)
            kept.send('{"message": "still here"}')
            assert "still here" in kept.recv(timeout=120)
            assert "Error" not in first.output


COMMUNICATOR = """\
import asyncio

from channels.testing import WebsocketCommunicator

from chat_app.consumers import ChatConsumer
from chat_project.asgi import application


async def main():
    communicator = WebsocketCommunicator(ChatConsumer.as_asgi(), "/ws/chat/lobby/")
    print(await communicator.connect(timeout=60))
    await communicator.disconnect(timeout=60)


asyncio.run(main())
"""


def test_a_bare_consumer_has_no_url_route(projects):
    code = COMMUNICATOR.replace('"/ws/chat/lobby/")', '"/ws/chat/lobby/", headers=ORIGIN)')
    code = code.replace(
        "async def main", 'ORIGIN = [(b"origin", b"http://localhost")]\n\n\nasync def main'
    )
    without_user = edited(FILES, [consumer('        self.user = self.scope["user"]\n', "")])
    assert message("P82") in run(projects(without_user), code)
    line = "WebsocketCommunicator(application,"
    assert line in pitfalls.find("P82").fix.diff
    right = code.replace("WebsocketCommunicator(ChatConsumer.as_asgi(),", line)
    assert "(True, None)" in run(projects(), right)


TALKS = """\
import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import Group

from chat_project.asgi import application


async def talk():
    headers = [(b"origin", b"http://localhost")]
    communicator = WebsocketCommunicator(application, "/ws/chat/lobby/", headers=headers)
    assert (await communicator.connect(timeout=60))[0]
    await communicator.disconnect(timeout=60)


@pytest.mark.django_db
def test_somebody_talks():
    Group.objects.create(name="lobby")
    async_to_sync(talk)()
    assert Group.objects.count() == 1
"""
ON_POSTGRES = """\
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "PORT": NUMBER,
        "NAME": "postgres",
        "USER": "postgres",
    }
}
"""


def test_channels_closes_the_connection_of_a_test(projects):
    pytest.importorskip("pytest_django")
    pytest.importorskip("psycopg")
    programs = postgres_programs() or pytest.skip("There is no PostgreSQL here.")
    command = "import pytest; pytest.main(['-q', '-p', 'no:cacheprovider', 'tests/test_chat.py'])"
    with postgres(programs) as port:
        database = settings(OF_THE_BASE, ON_POSTGRES.replace("NUMBER", str(port)))
        files = {**edited(FILES, [*IN_MEMORY, database]), "tests/test_chat.py": TALKS}
        assert message("P83") in run(projects(files), command)
        assert "1 passed" in run(projects(fixed("P83", files)), command)


STREAM = """\
import time

from django.http import StreamingHttpResponse


def events():
    for _ in range(2):
        time.sleep(1)
        yield "data: {}\\n\\n"


def chat_room(request, room_name):
    return StreamingHttpResponse(events(), content_type="text/event-stream")
"""


def test_a_stream_under_asgi_needs_an_asynchronous_generator(healthy, projects, drive):
    files = {**FILES, VIEWS: STREAM}
    done = drive(projects(files), http=True, wait=30)
    assert any(message("P84") in warning for warning in done["warnings"])
    files = healthy(fixed("P84", files))
    done = drive(projects(files), http=True, wait=30)
    assert done["warnings"] == []
    assert done["sent"].count("http.response.body") >= 2


def test_daphne_stays_up_without_its_port(projects):  # P85
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with daphne(projects(), port) as started:
            said = started.says("Address already in use")
            assert f"Listen failure: Couldn't listen on 127.0.0.1:{port}" in said
            assert started.process.poll() is None
    with daphne(projects(), free_port()) as started:
        started.says("Listening on TCP address")


def test_daphnes_runserver_needs_the_url_of_static_files(healthy, projects):
    without_whitenoise = [
        settings('    "whitenoise.middleware.WhiteNoiseMiddleware",\n', ""),
        settings("WHITENOISE_USE_FINDERS = True\n", ""),
    ]
    right = edited(FILES, without_whitenoise)
    files = backward(right, pitfalls.find("P86").fix.diff)
    command = ("manage.py", "runserver", "--noreload", "--skip-checks", f"127.0.0.1:{free_port()}")
    with program(projects(files), *command) as started:
        started.says(message("P86"))
    with program(projects(healthy(right)), *command) as started:
        started.says("Starting ASGI/Daphne")
        knocked(int(command[-1].rpartition(":")[2])).close()
        started.says("WebSocket HANDSHAKING")


def test_an_option_and_its_value_are_two_arguments(projects):  # P88
    port = free_port()
    with daphne(projects(), port, "-b 127.0.0.1") as started:
        said = started.says("Listen failure: Couldn't listen on  127.0.0.1")
        assert "Name or service not known" in said or "Temporary failure" in said
    with daphne(projects(), port, "-b", "127.0.0.1") as started:
        started.says("Listening on TCP address")


SAYS_BYE = [
    *IN_MEMORY,
    consumer(
        "    async def chat_message(self, event):\n",
        "    async def chat_message(self, event):\n"
        '        if event["message"] == "bye":\n            await self.close()\n',
    ),
]


def test_a_consumer_sends_nothing_after_its_own_close(projects):
    files = edited(FILES, SAYS_BYE)
    port = free_port()
    with daphne(projects(files), port) as started, opened_by(started, port) as client:
        client.send('{"message": "bye"}')
        started.says(f"Exception inside application: {message('P87')}")
    port = free_port()
    with daphne(projects(fixed("P87", files)), port) as started:
        with opened_by(started, port) as client:
            client.send('{"message": "bye"}')
            with pytest.raises(Exception, match="1000"):
                client.recv(timeout=120)
        started.says("WSDISCONNECT")
        assert "Exception" not in started.output


CLOSE_FRAME = bytes([0x88, 0x82, 0, 0, 0, 0]) + (1000).to_bytes(2, "big")


def test_a_client_that_leaves_is_sent_nothing_more(projects):  # P87
    """It has not read what it was sent, so its connection can't end, and its consumer lives."""
    leaves = consumer("(self, code):\n", '(self, code):\n        print("told to leave")\n')
    port = free_port()
    with daphne(projects(edited(FILES, [*IN_MEMORY, leaves])), port) as started:
        with opened_by(started, port) as other, knocked(port) as leaving:
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            started.says("WSCONNECT /ws/chat/lobby/", times=2)
            for _ in range(12):
                other.send(json.dumps({"message": "x" * 900_000}))
                other.recv(timeout=120)
            leaving.sendall(CLOSE_FRAME)
            for _ in range(3):  # the server may read the first before the close frame
                other.send('{"message": "is anybody there?"}')
                other.recv(timeout=120)
            assert "told to leave" not in started.says(message("P87"))


TICKS = """\
        self.task = asyncio.create_task(self.tick())
"""
TICKING = [
    consumer("import json\n", "import asyncio\nimport json\n"),
    consumer(ACCEPT, ACCEPT + TICKS),
    consumer(
        LEAVE,
        "    async def tick(self):\n        while True:\n            await asyncio.sleep(60)\n\n"
        + LEAVE,
    ),
]
COUNT = """\
import asyncio
import gc

from channels.testing import WebsocketCommunicator
from chat_app.consumers import ChatConsumer
from chat_project.asgi import application


async def main():
    for _ in range(20):
        headers = [(b"origin", b"http://localhost")]
        communicator = WebsocketCommunicator(application, "/ws/chat/lobby/", headers=headers)
        assert (await communicator.connect(timeout=60))[0]
        await communicator.disconnect(timeout=60)
    await asyncio.sleep(0)
    del communicator
    gc.collect()
    print("alive:", sum(isinstance(part, ChatConsumer) for part in gc.get_objects()))


asyncio.run(main())
"""


def test_a_task_that_nobody_cancels_keeps_its_consumer(healthy, projects):
    files = edited(FILES, TICKING)
    assert "alive: 20\n" in run(projects(files), COUNT)
    assert "alive: 0\n" in run(projects(healthy(fixed("P89", files))), COUNT)


SENDS = """\
import asyncio

from channels.layers import get_channel_layer


async def main():
    layer = get_channel_layer()
    events = (layer.group_send("lobby", {"type": "chat.message"}) for _ in range(60))
    print({f"{error}" for error in await asyncio.gather(*events, return_exceptions=True)})


asyncio.run(main())
"""


def test_a_redis_that_takes_few_clients(healthy, projects):
    program_of_redis = private_redis.find_program() or pytest.skip(private_redis.NONE_FOUND)
    with server(program_of_redis, "--maxclients", "15") as port:
        folder = projects(FILES, port=port)
        assert message("P90").partition(": ")[2] in run(folder, SENDS)
        folder = projects(healthy(fixed("P90", FILES)), port=port)
        assert "max number of clients" not in run(folder, SENDS)


DATABASE = """\
from pathlib import Path

BASE_DIR = Path(__file__).parent
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE_DIR / "db.sqlite3",
    }
}
"""
OF_THE_BASE = (
    'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}\n'
)
WRITERS = """\
import threading

from django.core.management import call_command
from django.db import connection, transaction

call_command("migrate", verbosity=0)
from django.contrib.auth.models import Group

both_have_read = threading.Barrier(2)


def write(name):
    try:
        with transaction.atomic():
            Group.objects.count()
            try:
                both_have_read.wait(timeout=1)
            except threading.BrokenBarrierError:
                pass
            Group.objects.create(name=name)
    except Exception as error:
        print(f"{type(error).__module__}.{type(error).__name__}: {error}")
    finally:
        connection.close()


threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("groups:", Group.objects.count())
"""


def test_two_writers_of_one_sqlite_file(healthy, projects):
    files = edited(FILES, [settings(OF_THE_BASE, DATABASE)])
    assert message("P91") in run(projects(files), WRITERS)
    said = run(projects(healthy(fixed("P91", files))), WRITERS)
    assert "groups: 2" in said
    assert "locked" not in said


@pytest.fixture
def console():
    """Run a script in a real browser, and return what its console shows."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = browser() or pytest.skip("There is no Chromium here.")

    def play(script):
        seen = []
        with playwright.sync_playwright() as tool:
            started = tool.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = started.new_page()
            page.on("console", lambda said: seen.append(said.text))
            page.on("pageerror", lambda error: seen.append(f"{error.name}: {error.message}"))
            page.evaluate(script)
            started.close()
        return "\n".join(seen)

    return play


CLOSES = """\
() => new Promise((resolve) => {
  const socket = new WebSocket("ws://127.0.0.1:PORT/ws/chat/lobby/");
  socket.onclose = socket.onerror = () => setTimeout(resolve);
  STATEMENT
  setTimeout(resolve);
})
"""


def lines(name, sign):
    diff = pitfalls.find(name).fix.diff.splitlines()[3:]
    return "\n".join(line[1:].strip() for line in diff if line.startswith(sign))


def test_the_console_tells_of_a_failed_connection(console):  # P73
    script = CLOSES.replace("PORT", str(free_port())).replace("STATEMENT", "")
    script = script.replace("  setTimeout(resolve);\n})", "})")
    said = console(script)
    assert "WebSocket connection to 'ws://127.0.0.1:" in said
    assert "/ws/chat/lobby/' failed:" in said


def test_a_page_may_close_only_what_is_open(console):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        script = CLOSES.replace("PORT", str(silent.getsockname()[1]))
        assert message("P79") in console(script.replace("STATEMENT", lines("P79", "-")))
        assert console(script.replace("STATEMENT", lines("P79", "+"))) == ""


def test_a_page_may_send_only_when_its_socket_is_open(console):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        script = CLOSES.replace("PORT", str(silent.getsockname()[1]))
        tried = script.replace(
            "STATEMENT",
            'const hello = "{}";\n  setTimeout(() => { STATEMENT });',
        )
        assert message("P80") in console(tried.replace("STATEMENT", lines("P80", "-")))
        assert console(tried.replace("STATEMENT", lines("P80", "+"))) == ""


def test_each_pitfall_that_people_paste_is_made_to_happen_here():
    source = Path(__file__).read_text("utf-8").partition("def test_each_pitfall")[0]
    later = [pitfall.id for pitfall in pitfalls.load() if 73 <= int(pitfall.id[1:]) <= 91]
    shown = set(re.findall(r'(?:"|# )(P\d\d)\b', source))
    assert set(later) <= shown
