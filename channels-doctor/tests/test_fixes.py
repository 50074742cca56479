"""A project works after a proposed fix, and the doctor finds nothing else in it."""

import re
import subprocess
import sys

import pytest
from base_project import FILES, SOURCE, edited, forward
from cases import (
    CASES,
    CONFIG,
    CONSUMERS,
    CORE,
    HOSTS,
    LAYER,
    MEMORY,
    PUBSUB,
    QUIET,
    SETTINGS,
    VIEWS,
    broken,
    consumer,
    settings,
)
from cases import (
    fixed as fixed_case,
)
from test_broken_projects import changed, told

from channels_doctor import pitfalls, probing

pytestmark = pytest.mark.slow

MESSAGE = {"text": '{"message": "hello"}'}
BY_HAND = {"P37 none", "P37 token"}  # the change shows where to add a class, not a line of the file
SILENT = {"P22", "P22 handler"}  # these projects answer nothing
CHANGED = [case for case in CASES if case.name not in BY_HAND]


@pytest.fixture
def fixed(examined, redis_port):
    """Return `files` after a person has made the change that the finding `name` shows."""

    def fix(files, name):
        (one,) = [one for one in examined(files).findings if one.id == name]
        assert one.change and one.change.lines(), "nothing is proposed"
        port = str(redis_port)
        text = changed(files[one.place.file].replace("6379", port), one)
        return {**files, one.place.file: text.replace(port, "6379")}

    return fix


@pytest.fixture
def visited(projects, drive):
    """Return what a visitor of the project meets, who sends a message and leaves."""

    def visit(files, frames=(MESSAGE,), **request):
        request = {"until": "websocket.send", "leave": True, "wait": 5, **request}
        return drive(projects(files), frames=list(frames), **request)

    return visit


@pytest.mark.parametrize("case", CHANGED, ids=lambda case: case.name.replace(" ", "-"))
def test_a_project_works_after_its_fix(case, examined, fixed, visited):
    (one,) = examined(broken(case)).findings
    if one.change is None or not one.change.lines():
        assert one.fix
        return
    files = fixed(broken(case), case.id)
    assert told(examined(files)) == ([], [])
    until = "websocket.accept" if case.name in SILENT else "websocket.send"
    assert visited(files, until=until) == visited(fixed_case(case), until=until)


ROUND_TRIP = ["websocket.accept", "websocket.send"]
SEND = "        await self.channel_layer.group_send(self.group_name, event)\n"
ACCEPT = "        await self.accept()\n"
SENDER = """\
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.http import HttpResponse


def chat_room(request=None, room_name="lobby"):
    layer, group, event = get_channel_layer(), "chat_lobby", {"type": "chat.message"}
    async_to_sync(layer.group_send)(group, event)
    return HttpResponse(room_name)
"""
TIMEZONE = consumer("import json\n", "import json\n\nfrom django.utils import timezone\n")
RETRY = """\
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

RETRY = Retry(ConstantBackoff(0.1), 5)
"""
IN_A_LIST = """\
            "hosts": [
                {"address": "redis://127.0.0.1:6379/0", "socket_timeout": None, "retry": RETRY},
            ],
"""
# Projects with a pitfall that only the registry's example tells how to fix.
EXAMPLES = {
    "P11": [*QUIET, settings(LAYER, MEMORY)],
    "P13": [settings(f"            {HOSTS},\n", IN_A_LIST), settings("SECRET", f"{RETRY}\nSECRET")],
    "P14": [(VIEWS, None, SENDER)],
    "P26": [
        TIMEZONE,
        consumer('{"type": "chat.message", "message": message}',
                 '{"type": "chat.message", "sent": timezone.now()}'),
        consumer('event["message"]', 'event["sent"]'),
    ],
    "P27": [],
    "P29": [],
    "P30": [
        consumer(
            FILES[CONSUMERS][FILES[CONSUMERS].index("        try:") :
                             FILES[CONSUMERS].index("        event =")],
            '        message = json.loads(text_data)["message"]\n',
        )
    ],
    "P31": [
        consumer(ACCEPT, f'        if self.scope["user"].is_anonymous:\n'
                 "            return await self.close()\n"
                 f'        self.group = "chat_lobby"\n{ACCEPT}')
    ],
    "P33": [consumer(ACCEPT, f'        await self.send(text_data="welcome")\n{ACCEPT}')],
    "P34": [consumer(ACCEPT, "        if True:\n            await self.close(code=4401)\n")],
    "P39": [
        consumer("import json\n", "import json\nimport time\n"),
        consumer(SEND, f"        time.sleep(3)\n{SEND}"),
    ],
    "P44": [],
    "P45": [],
    "P46": [settings("SECRET_KEY =", "import os\n\nSECRET_KEY =")],
    "P48": [],
    "P92": [settings("redis://127", "redis://:very#secret@127")],
    "P93": [settings("redis://127", "rediss://127")],
    "P49": [*QUIET, settings('    "whitenoise.middleware.WhiteNoiseMiddleware",\n', ""),
            settings("WHITENOISE_USE_FINDERS = True\n", "")],
    "P55": [settings(LAYER, MEMORY)],
}  # fmt: skip
MEET = {  # what a visitor meets afterwards, where it is not a message that comes back
    "P31": ["websocket.close"],
    "P34": ["websocket.accept", "websocket.close"],
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_project_works_after_the_example_of_the_registry(name, examined, visited, monkeypatch):
    monkeypatch.setenv("REDIS_PASSWORD", "")
    diff = pitfalls.find(name).fix.diff
    if name == "P39":
        diff = diff.replace("await asyncio.sleep(3)", "await asyncio.sleep(0)")
    if name == "P48":
        diff = diff.replace("@@\n", "@@\n WHITENOISE_USE_FINDERS = True\n")
    files = forward(edited(FILES, EXAMPLES[name]), diff)
    assert told(examined(files)) == ([], [])
    done = visited(files, until=MEET.get(name, ROUND_TRIP)[-1])
    assert done["words"] == ""
    assert done["sent"][: len(MEET.get(name, ROUND_TRIP))] == MEET.get(name, ROUND_TRIP)
    assert done["warnings"] == []


SLOW_CONSUMER = """\
import json
import warnings
from asyncio import Event, sleep

from channels.generic.websocket import AsyncWebsocketConsumer

RUNNING, QUICK = set(), Event()


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await self.accept()

    async def disconnect(self, code):
        for _ in range(5):
            await sleep(0)
        warnings.warn(f"{len(RUNNING)} answers still run")

    async def receive(self, text_data=None, bytes_data=None):
        await self.answer(text_data)

    async def answer(self, text_data):
        RUNNING.add(text_data)
        try:
            if text_data == "quick":
                await self.send(text_data=json.dumps("hello"))
            else:
                await QUICK.wait()
        finally:
            RUNNING.discard(text_data)
"""


def test_slow_answers_do_not_make_a_socket_deaf_and_end_with_it(examined, visited):
    files = {**FILES, CONSUMERS: SLOW_CONSUMER}
    files = forward(files, pitfalls.find("P40").fix.diff)
    assert told(examined(files)) == ([], [])
    done = visited(files, [{"text": text} for text in ("slow", "slower", "quick")])
    assert (done["words"], done["sent"]) == ("", ROUND_TRIP)
    assert done["warnings"] == ["UserWarning: 0 answers still run"]


def test_a_view_sends_again_after_a_connection_was_closed(projects, drive):
    failing = SENDER.replace("get_channel_layer()", "Layer()")
    layer = """

class Layer:
    sent = 0

    async def group_send(self, group, event):
        Layer.sent += 1
        if Layer.sent == 1:
            from redis import exceptions

            raise exceptions.ConnectionError("Connection closed by server.")
"""
    files = forward({**FILES, VIEWS: failing + layer}, pitfalls.find("P14").fix.diff)
    done = drive(projects(files), run="chat_app.views.chat_room", settings_first=True)
    assert done["words"] == ""
    assert "status_code=200" in done["sent"][0]


def test_a_connection_pool_leaves_the_other_options_of_the_database():
    lines = pitfalls.find("P41").fix.diff.splitlines()
    (line,) = [line[1:] for line in lines if line.startswith("+DATABASES")]
    databases = {"default": {"OPTIONS": {"sslmode": "verify-full"}}}
    exec(line, {"DATABASES": databases})
    options = databases["default"]["OPTIONS"]
    assert options == {"sslmode": "verify-full", "pool": {"min_size": 1, "max_size": 8}}


STATIC = """\
def chat_room(request=None, room_name="lobby"):
    from django.test import Client

    return Client().get("/static/chat_app/chat.js", headers={"host": "localhost"}).status_code
"""


@pytest.mark.parametrize("middleware", ["without WhiteNoise", "with WhiteNoise alone"])
def test_static_files_are_served_after_the_fix(middleware, examined, fixed, projects, drive):
    files = {**FILES, VIEWS: STATIC, "chat_app/static/chat_app/chat.js": "1\n"}
    files = edited(files, [*QUIET, settings("WHITENOISE_USE_FINDERS = True\n", "")])
    if middleware == "without WhiteNoise":
        files = edited(files, [settings('    "whitenoise.middleware.WhiteNoiseMiddleware",\n', "")])
        assert [one.id for one in examined(files).findings] == ["P49"]
        files = forward(files, pitfalls.find("P49").fix.diff)
    else:
        files = fixed(files, "P49")
    assert told(examined(files)) == ([], [])
    done = drive(projects(files), run="chat_app.views.chat_room", settings_first=True)
    assert done["sent"] == ["200"]


TIMEOUTS = {
    "two pairs": '"hosts": [("127.0.0.1", 6379), ("127.0.0.1", 6379)]',
    "on lines of their own": '"hosts": [\n                ("127.0.0.1", 6379),\n'
    '                "redis://127.0.0.1:6379/0",\n            ]',
    "pair with a third item": '"hosts": [("127.0.0.1", 6379, 0)]',
    "timeout in the URL": '"hosts": ["redis://127.0.0.1:6379/0?socket_timeout=3"]',
    "timeout in the URL among others": '"hosts": '
    '["redis://127.0.0.1:6379/0?socket_timeout=3&health_check_interval=30"]',
    "timeout in the URL of a dict": '"hosts": '
    '[{"address": "redis://127.0.0.1:6379/0?health_check_interval=30&socket_timeout=3"}]',
    "single quotes": "\"hosts\": [{'address': 'redis://127.0.0.1:6379/0', 'socket_timeout': 3}]",
    "dict that ends with a dict": '"hosts": '
    '[{"host": "127.0.0.1", "port": 6379, "socket_keepalive_options": {}}]',
    "call of dict": '"hosts": [dict(host="127.0.0.1", port=6379)]',
    "name of a dict": '"hosts": [REDIS]',
    "name of a URL": '"hosts": [URL]',
    "name of a pair": '"hosts": [PAIR]',
    "f-string": '"hosts": [f"redis://{REDIS[\'host\']}:6379/0"]',
}
NAMES = """\
REDIS = {"host": "127.0.0.1", "port": 6379}
URL = "redis://127.0.0.1:6379/0"
PAIR = ("127.0.0.1", 6379)
"""


@pytest.mark.parametrize("hosts", TIMEOUTS.values(), ids=TIMEOUTS)
def test_no_host_has_a_timeout_after_the_fix(hosts, examined, fixed, visited):
    files = edited(FILES, [settings(HOSTS, hosts), settings("SECRET", f"{NAMES}SECRET")])
    files = fixed(files, "P01")
    assert told(examined(files)) == ([], [])
    assert visited(files)["sent"] == ROUND_TRIP


@pytest.mark.parametrize("layer", [CORE, PUBSUB])
@pytest.mark.parametrize(
    "hosts",
    ['"hosts": "127.0.0.1:6379"', '"hosts": {"host": "127.0.0.1", "port": 6379}',
     '"hosts": ("127.0.0.1", 6379)'],
)  # fmt: skip
def test_hosts_of_another_shape_are_right_after_the_fix(layer, hosts, examined, fixed, visited):
    files = edited(FILES, [settings(HOSTS, hosts), settings(CORE, layer)])
    files = fixed(files, "P08")
    assert told(examined(files)) == ([], [])
    assert visited(files)["sent"] == ROUND_TRIP


def test_a_misspelt_backend_without_hosts_gets_both_its_findings(examined):
    files = edited(FILES, [settings(CONFIG, ""), settings("RedisChannelLayer", "RedisChannelLayr")])
    assert {"P01", "P04"} <= {one.id for one in examined(files).findings}


OTHER_HANDLERS = {
    "other keys": 'async def chat_messages(self, event):\n        await self.send(event["text"])',
    "other arguments": "async def chat_messages(self, one, two):\n        pass",
    "a method of Channels": "async def unused(self, event):\n        pass",
    "called by itself": "async def chat_messages(self, event):\n        pass\n\n"
    "    async def helper(self):\n        await self.chat_messages({})",
}


@pytest.mark.parametrize("method", OTHER_HANDLERS.values(), ids=OTHER_HANDLERS)
def test_an_event_is_not_renamed_to_a_method_that_cannot_take_it(method, examined):
    last = FILES[CONSUMERS][FILES[CONSUMERS].index("    async def chat_message(") :]
    sent = "disconnects" if "unused" in method else "chat.message"
    files = edited(FILES, [consumer(last, f"    {method}\n"), consumer("chat.message", sent)])
    (one,) = examined(files).findings
    assert one.id == "P24"
    assert one.change is None
    assert "Did you mean" not in one.what
    assert f"`{sent.replace('.', '_')}(self, event)`" in one.fix


def test_an_event_is_renamed_to_the_method_that_reads_its_keys(examined, fixed, visited):
    files = edited(FILES, [consumer('"chat.message"', '"chat.messages"')])
    files = fixed(files, "P24")
    assert told(examined(files)) == ([], [])
    assert visited(files)["sent"] == ROUND_TRIP


AS_AN_APP = 'import importlib.util\n\nif importlib.util.find_spec("workshop"):\n    INSTALLED_APPS'
BASE = "chat_project/base_settings.py"
WITHOUT_DAPHNE = FILES[SETTINGS].replace('    "daphne",\n', "")
ONE_LINE = re.sub(
    r"INSTALLED_APPS = \[.*?\n\]",
    lambda found: re.sub(r"\s*\n\s*", " ", found[0]).replace(" = [ ", ": list[str] = ["),
    WITHOUT_DAPHNE,
    count=1,
    flags=re.DOTALL,
)
APPS = {
    "doctor is added below": {SETTINGS: f'{WITHOUT_DAPHNE}{AS_AN_APP} += ["channels_doctor"]\n'},
    "doctor is added by a sum": {
        SETTINGS: f'{WITHOUT_DAPHNE}{AS_AN_APP} = INSTALLED_APPS + ["channels_doctor"]\n'
    },
    "settings in two files": {
        BASE: WITHOUT_DAPHNE,
        SETTINGS: f'from chat_project.base_settings import *\n{AS_AN_APP} += ["channels_doctor"]\n',
    },
    "one annotated line": {SETTINGS: f'{ONE_LINE}{AS_AN_APP} += ["channels_doctor"]\n'},
}


def manage(folder, *words):
    done = subprocess.run(
        [sys.executable, "-B", "manage.py", *words],
        cwd=folder,
        env=probing.environment(PYTHONPATH=str(SOURCE)),
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("files", APPS.values(), ids=APPS)
def test_daphne_is_the_first_app_after_the_fix(files, projects, examined, fixed):
    files = {**FILES, **files}
    files = fixed(files, "P02")
    assert told(examined(files)) == ([], [])
    assert "no issues" in manage(projects(files), "check")


def test_daphne_below_is_not_moved_together_with_other_apps(examined):
    lines = '    "chat_app", "daphne",\n'
    files = {**FILES, SETTINGS: WITHOUT_DAPHNE.replace('    "chat_app",\n', lines)}
    (one,) = examined(files).findings
    assert (one.id, one.change) == ("P03", None)


def test_daphne_needs_the_path_of_the_application(examined):
    without = WITHOUT_DAPHNE.replace('    "channels",\n', "")
    without = without.replace('ASGI_APPLICATION = "chat_project.asgi.application"\n', "")
    (one,) = examined({**FILES, SETTINGS: without}).findings
    assert one.id == "P02"
    assert '`ASGI_APPLICATION = "chat_project.asgi.application"`' in one.fix


PLAIN_METHODS = {
    "never awaited": [
        consumer("    async def connect", "    def connect"),
        consumer(
            "        await self.channel_layer.group_add", "        self.channel_layer.group_add"
        ),
        consumer(ACCEPT, "        self.accept()\n"),
    ],
    "wrapped": [
        consumer("import json\n", "import json\n\nfrom asgiref.sync import async_to_sync\n"),
        consumer("    async def connect", "    def connect"),
        consumer(
            "        await self.channel_layer.group_add(",
            "        async_to_sync(self.channel_layer.group_add)(",
        ),
        consumer(ACCEPT, "        self.accept()\n"),
    ],
}


@pytest.mark.parametrize("edits", PLAIN_METHODS.values(), ids=PLAIN_METHODS)
def test_a_plain_method_awaits_its_calls_after_the_fix(edits, examined, fixed, visited):
    files = edited(FILES, edits)
    assert [one.id for one in examined(files).findings] == ["P22"]
    files = fixed(files, "P22")
    assert told(examined(files)) == ([], [])
    assert visited(files)["sent"] == ROUND_TRIP


def test_a_view_without_async_to_sync_is_told_to_import_it(examined):
    view = SENDER.replace("async_to_sync(layer.group_send)(", "layer.group_send(")
    files = {**FILES, VIEWS: view.replace("from asgiref.sync import async_to_sync\n", "")}
    (one,) = examined(files).findings
    assert one.id == "P20"
    assert "from asgiref.sync import async_to_sync" in one.fix


RECEIVE = "receive(self, text_data=None, bytes_data=None)"
ARGUMENTS = {
    "text of another name": (RECEIVE, "receive(self, text)", "loads(text_data", "loads(text"),
    "bytes alone": (RECEIVE, "receive(self, bytes_data)", "loads(text_data", "loads(bytes_data"),
    "one more": ("chat_message(self, event)", "chat_message(self, event, extra)", "", ""),
    "required by name": ("chat_message(self, event)", "chat_message(self, *, message)",
                         'event["message"]', 'message["message"]'),
}  # fmt: skip


@pytest.mark.parametrize("edits", ARGUMENTS.values(), ids=ARGUMENTS)
def test_a_method_reads_the_right_arguments_after_the_fix(edits, examined, fixed, visited):
    text = FILES[CONSUMERS].replace(*edits[:2]).replace(*edits[2:])
    files = fixed({**FILES, CONSUMERS: text}, "P32")
    assert told(examined(files)) == ([], [])
    assert visited(files)["sent"] == ROUND_TRIP


def test_no_change_is_shown_that_takes_an_argument_away_from_the_body(examined):
    edit = [
        consumer(
            "disconnect(self, code):\n", "disconnect(self, code, reason):\n        print(reason)\n"
        )
    ]
    (one,) = examined(edited(FILES, edit)).findings
    assert (one.id, one.change) == ("P32", None)


def test_a_socket_is_not_accepted_after_a_return(examined):
    files = edited(FILES, [consumer(ACCEPT, "        return\n")])
    (one,) = examined(files).findings
    assert (one.id, one.change) == ("P23", None)
