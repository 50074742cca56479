"""Kinds of faults in public projects that nobody here wrote, each next to how it is right."""

import pytest
from base_project import FILES, edited
from case_parts import HOSTS, ROUTING, SETTINGS, consumer, settings
from test_no_import import ids, read  # noqa: F811, F401

pytestmark = pytest.mark.slow

BASE = "chat_project/parts/base.py"
LAYERS = "chat_project/parts/layers.py"
HEAD, _, TAIL = FILES[SETTINGS].partition("CHANNEL_LAYERS")
TAIL = f"CHANNEL_LAYERS{TAIL}"
SPLIT = "from split_settings.tools import include, optional\n\n"
PARTS = [(BASE, None, HEAD), (LAYERS, None, TAIL)]
MISSPELT = [*PARTS[:1], (LAYERS, None, TAIL.replace("CHANNEL_LAYERS", "CHANNEL_LAYER"))]
WAYS = {
    "include": f'{SPLIT}include("parts/base.py", "parts/layers.py", optional("parts/own.py"))\n',
    "a list": f'{SPLIT}NAMES = ["base", "layers"]\ninclude("parts/*.py")\n',
    "exec": "import os\n\nHERE = os.path.dirname(os.path.abspath(__file__))\n"
    'exec(open(os.path.join(HERE, "parts", "base.py")).read())\n'
    'with open(os.path.join(HERE, "parts", "layers.py")) as part:\n    exec(part.read())\n',
}
PAGE = "const socket = new WebSocket(SCHEME + location.host + '/ws/chat/lobby/');\n"
FIXED = PAGE.replace("SCHEME", "'ws://'")
CHOSEN = "const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';\n" + PAGE.replace(
    "SCHEME", "scheme"
)
SENDS = "        await self.channel_layer.group_send(self.group_name, event)\n"
SLOW = {
    "a sleep": f"        await asyncio.sleep(5)\n{SENDS}",
    "a loop": f"        for _ in range(3):\n            await asyncio.sleep(0.5)\n    {SENDS}",
    "a service": f"        await openai.AsyncOpenAI().responses.create(input=message)\n{SENDS}",
}
QUICK = {
    "a task": f"        self.task = asyncio.create_task(asyncio.sleep(5))\n{SENDS}",
    "a moment": f"        await asyncio.sleep(0)\n{SENDS}",
}
LIBRARIES = consumer("import json\n", "import asyncio\nimport json\n\nimport openai\n")
ENDS = """\
    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group_name, self.channel_name)
"""
HELPS = """\
    async def disconnect(self, code):
        await self.leave()

    async def leave(self):
        await self.channel_layer.group_discard(self.group_name, self.channel_name)
"""
ON_DEMAND = HELPS.replace("await self.leave()", "self.code = code")
COMPOSE = """\
services:
  web:
    build: .
    command: daphne -b 0.0.0.0 chat_project.asgi:application
  redis:
    image: redis:7
"""
DOCKERFILE = 'FROM python:3.12\nCMD ["daphne", "-b", "0.0.0.0", "chat_project.asgi:application"]\n'
VIEW = """\
class Notice:
    def notify(self):
        return None
"""


@pytest.mark.parametrize("way", WAYS)
def test_settings_that_other_files_are_executed_for_are_read(way, read):  # noqa: F811
    files = {**FILES, SETTINGS: WAYS[way]}
    assert ids(read(edited(files, PARTS))) == ([], [])
    assert ("P07", "error") in ids(read(edited(files, MISSPELT)))[1]


def test_no_setting_is_missing_if_one_of_the_files_is(read):  # noqa: F811
    text = f'{SPLIT}include("parts/base.py", "parts/elsewhere.py")\n'
    assert ids(read(edited({**FILES, SETTINGS: text}, PARTS[:1]))) == ([], [])
    here = text.replace(', "parts/elsewhere.py"', "")
    assert ids(read(edited({**FILES, SETTINGS: here}, PARTS[:1]))) == ([], [("P07", "error")])


@pytest.mark.parametrize("file", ["chat_app/static/chat.js", "../pages/src/chat.ts"])
def test_pages_next_to_the_project_are_read_too(file, projects, examine):
    def found(text):
        files = {f"server/{name}": text for name, text in FILES.items()}
        folder = projects(files)
        path = folder / "server" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return [(one.id, one.place.file) for one in examine(folder).findings]

    assert found(FIXED) == [("P53", file)]
    assert found(CHOSEN) == []


def test_pages_of_another_project_in_the_repository_are_not(projects, examine):
    files = {f"server/{name}": text for name, text in FILES.items()}
    files |= {f"other/{name}": text for name, text in FILES.items() if name == "manage.py"}
    files |= {"other/static/chat.js": FIXED, "pages/chat.js": FIXED}
    assert examine(projects(files), project="server").findings == []


@pytest.fixture
def examine():
    """Examine the project in a folder without importing it."""
    from channels_doctor import project
    from channels_doctor.examination import examine

    return lambda folder, **options: examine(project.find(str(folder), **options), importing=False)


@pytest.mark.parametrize("name", SLOW)
def test_a_handler_that_waits_is_found(name, read):  # noqa: F811
    files = edited(FILES, [LIBRARIES, consumer(SENDS, SLOW[name])])
    assert ids(read(files)) == ([], [("P40", "warning")])


@pytest.mark.parametrize("name", QUICK)
def test_a_handler_that_does_not_wait_is_right(name, read):  # noqa: F811
    assert ids(read(edited(FILES, [LIBRARIES, consumer(SENDS, QUICK[name])]))) == ([], [])


def test_a_group_that_is_only_left_on_demand_is_joined_for_ever(read):  # noqa: F811
    assert ids(read(edited(FILES, [consumer(ENDS, HELPS)]))) == ([], [])
    found = read(edited(FILES, [consumer(ENDS, ON_DEMAND)])).findings
    assert [one.id for one in found] == ["P57"]
    assert "doesn't leave it when the socket closes" in found[0].what


def test_a_group_joined_by_keywords_and_never_left_is_found(read):  # noqa: F811
    names = "group=self.group_name, channel=self.channel_name"
    joins = consumer("group_add(self.group_name, self.channel_name)", f"group_add({names})")
    assert ids(read(edited(FILES, [joins]))) == ([], [])
    gone = [
        joins,
        consumer(ENDS, "    async def disconnect(self, code):\n        self.code = code\n"),
    ]
    assert ids(read(edited(FILES, gone))) == ([], [("P57", "warning")])


def test_a_type_with_a_name_is_read(read):  # noqa: F811
    def found(text):
        bound = consumer("class ChatConsumer", f"KIND = '{text}'\n\n\nclass ChatConsumer")
        return ids(read(edited(FILES, [consumer('"chat.message"', "KIND"), bound])))

    assert found("chat.message") == ([], [])
    assert found("chat.massage") == ([], [("P24", "error")])


def test_a_method_of_another_class_handles_no_event(read):  # noqa: F811
    other = [("chat_app/notices.py", None, VIEW), consumer('"chat.message"', '"notify"')]
    assert ids(read(edited(FILES, other))) == ([], [("P24", "error")])


def test_a_route_to_one_consumer_for_all_is_found(read):  # noqa: F811
    files = edited(FILES, [(ROUTING, "ChatConsumer.as_asgi()", "ChatConsumer()")])
    found = read(files).findings
    assert [(one.id, one.place.file) for one in found] == [("P16", ROUTING)]
    assert "one consumer that all sockets share" in found[0].what


LOCAL = settings(HOSTS, '"hosts": [("127.0.0.1", 6379)]')
OLD = ("requirements.txt", None, "channels==4.2\nchannels-redis==4.2\nredis==7.0\n")
FROM_OUTSIDE = settings(
    HOSTS, '"hosts": [(__import__("os").environ.get("REDIS_HOST", "127.0.0.1"), 6379)]'
)
BY_ITSELF = DOCKERFILE.replace("CMD", "RUN apt-get install -y redis\nRUN redis-server -v\nCMD")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("docker-compose.yml", COMPOSE),
        ("Dockerfile", DOCKERFILE),
        ("Procfile", "web: daphne a:b\n"),
    ],
)
def test_a_redis_outside_the_container_is_not_on_this_machine(file, text, read):  # noqa: F811
    runs = (file, None, text)
    assert ids(read(edited(FILES, [LOCAL, OLD, runs]))) == ([], [("P05", "warning")])
    assert ids(read(edited(FILES, [FROM_OUTSIDE, OLD, runs]))) == ([], [])


def test_a_redis_inside_the_container_is_on_this_machine(read):  # noqa: F811
    runs = ("Dockerfile", None, BY_ITSELF)
    assert ids(read(edited(FILES, [LOCAL, OLD, runs]))) == ([], [])
    on_the_host = COMPOSE.replace("build: .", "build: .\n    network_mode: host")
    runs = ("docker-compose.yml", None, on_the_host)
    assert ids(read(edited(FILES, [LOCAL, OLD, runs]))) == ([], [])
