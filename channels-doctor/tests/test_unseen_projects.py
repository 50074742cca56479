"""Kinds of faults in public projects that nobody here wrote, each next to how it is right."""

import pytest
from base_project import FILES, edited
from case_parts import ASGI, HOSTS, ROUTING, SETTINGS, consumer, settings
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


TABLE = """\
        handlers = {"message": self.pause}
        handler = handlers.get("message")
        await handler()
        await self.channel_layer.group_send(self.group_name, event)

    async def pause(self):
        for _ in range(3):
            await asyncio.sleep(1)
"""
MAILS = """\
        await self.mail()
        await self.channel_layer.group_send(self.group_name, event)

    @database_sync_to_async
    def mail(self):
        send_mail("Hello", "New", None, ["a@example.org"])
"""
MAILER = consumer(
    "import json\n",
    "import asyncio\nimport json\n\nfrom channels.db import database_sync_to_async\n"
    "from django.core.mail import send_mail\n",
)


@pytest.mark.parametrize("text", [TABLE, MAILS])
def test_a_handler_that_waits_indirectly_is_found(text, read):  # noqa: F811
    assert ids(read(edited(FILES, [MAILER, consumer(SENDS, text)]))) == ([], [("P40", "warning")])


@pytest.mark.parametrize(
    "loop",
    [
        "for _ in range(3):\n            await asyncio.sleep(0.01)",
        "for _ in range(3):\n            if self.user:\n                break\n"
        "            await asyncio.sleep(0.5)",
    ],
)
def test_a_short_pause_and_a_retry_are_right(loop, read):  # noqa: F811
    files = edited(FILES, [LIBRARIES, consumer(SENDS, f"        {loop}\n{SENDS}")])
    assert ids(read(files)) == ([], [])


def test_a_service_imported_by_name_is_found(read):  # noqa: F811
    imports = "import json\n\nfrom openai import AsyncOpenAI\n\nclient = AsyncOpenAI()\n"
    asks = f"        await client.responses.create(input=message)\n{SENDS}"
    files = edited(FILES, [consumer("import json\n", imports), consumer(SENDS, asks)])
    assert ids(read(files)) == ([], [("P40", "warning")])


def test_a_settings_package_comes_before_a_module_of_its_name(read):  # noqa: F811
    files = {**FILES, "chat_project/settings/__init__.py": "from .base import *\n"}
    files |= {"chat_project/settings/base.py": FILES[SETTINGS], SETTINGS: "INSTALLED_APPS = []\n"}
    assert ids(read(files)) == ([], [])


def test_settings_that_asgi_names_are_read_if_those_of_manage_are_empty(read):  # noqa: F811
    files = {**FILES, "chat_project/settings/__init__.py": ""}
    files["chat_project/settings/live.py"] = files.pop(SETTINGS)
    found = read(edited(files, [(ASGI, "chat_project.settings", "chat_project.settings.live")]))
    assert ids(found) == ([], [])
    assert found.project.settings == "chat_project.settings.live"


def test_a_computed_name_of_settings_is_not_taken_literally(read):  # noqa: F811
    named = '"DJANGO_SETTINGS_MODULE", "chat_project.settings"'
    computed = '"DJANGO_SETTINGS_MODULE", f"{NAME}.settings"'
    files = edited(FILES, [("manage.py", named, computed)])
    assert ids(read(files)) == ([], [])


SET_UP = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")\n'
READY = "http_application = get_asgi_application()\n"


def test_django_is_set_up_after_its_settings_are_named(read):  # noqa: F811
    late = [(ASGI, f"{SET_UP}{READY}", f"{READY}{SET_UP}")]
    assert ids(read(edited(FILES, late))) == ([], [("P19", "error")])


def test_a_layer_asked_for_at_import_needs_the_settings(read):  # noqa: F811
    asks = ("chat_app/layer.py", None, "from channels.layers import get_channel_layer\n\n"
            "layer = get_channel_layer()\n")  # fmt: skip
    uses = (ROUTING, "from django.urls", "from chat_app.layer import layer\nfrom django.urls")
    first = "from chat_app.routing import websocket_urlpatterns\n"
    early = [asks, uses, (ASGI, f"{first}\n", ""), (ASGI, SET_UP, f"{first}\n{SET_UP}")]
    assert ids(read(edited(FILES, [asks, uses]))) == ([], [])
    assert ids(read(edited(FILES, early))) == ([], [("P19", "error")])
    later = [asks, uses, (ASGI, f"{first}\n", ""), (ASGI, SET_UP, f"{SET_UP}\n{first}\n")]
    assert ids(read(edited(FILES, later))) == ([], [])


PARSED = """\
            data = json.loads(text_data)
            message = data["message"]
"""
PARSES = consumer('            message = json.loads(text_data)["message"]\n', PARSED)
USERS = consumer(
    "import json\n",
    "import json\n\nfrom asgiref.sync import sync_to_async\n"
    "from django.contrib.auth.models import User\n",
)
HANDED_ON = f"""\
        await self.store(data)
{SENDS}
    async def store(self, frame):
        who = await sync_to_async(User.objects.get)(KEY)
        self.last = who.pk
"""


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ('pk=frame["sender"]', [("P71", "warning")]),
        ('username=frame.get("sender_username")', [("P71", "warning")]),
        ("pk=self.user.pk", []),
    ],
)
def test_a_claim_is_found_in_a_method_that_gets_the_frame(key, found, read):  # noqa: F811
    files = edited(FILES, [USERS, PARSES, consumer(SENDS, HANDED_ON.replace("KEY", key))])
    assert ids(read(files)) == ([], found)


def test_a_frame_is_not_an_event(read):  # noqa: F811
    whole = consumer("group_send(self.group_name, event)", "group_send(self.group_name, data)")
    assert ids(read(edited(FILES, [PARSES, whole]))) == ([], [("P71", "warning")])
    chosen = consumer(
        "        event = {", '        data["type"] = "chat.message"\n        event = {'
    )
    assert ids(read(edited(FILES, [PARSES, whole, chosen]))) == ([], [])


def test_a_token_in_the_path_is_a_note(read):  # noqa: F811
    reads = '        self.token = self.scope["url_route"]["kwargs"]["token"]\n'
    route = (ROUTING, "ws/chat/", "ws/chat/(?P<token>[0-9a-f]+)/")
    files = edited(FILES, [route, consumer('        self.user = self.scope["user"]\n', reads)])
    assert ids(read(files)) == ([], [("P62", "note")])


def test_groups_that_are_left_from_an_empty_list_stay_joined(read):  # noqa: F811
    joins = consumer(
        "        await self.channel_layer.group_add(self.group_name, self.channel_name)\n",
        "        for group in self.names():\n"
        "            await self.channel_layer.group_add(group, self.channel_name)\n",
    )
    names = consumer(
        "    async def receive", "    def names(self):\n        return []\n\n    async def receive"
    )
    leaves = ENDS.replace("        await self.channel_layer.group_discard(self.group_name", (
        "        for group in LIST:\n            await self.channel_layer.group_discard(group"
    ))  # fmt: skip
    wrong = consumer(ENDS, leaves.replace("LIST", "self.groups"))
    right = consumer(ENDS, leaves.replace("LIST", "self.names()"))
    assert ids(read(edited(FILES, [joins, names, right]))) == ([], [])
    assert ids(read(edited(FILES, [joins, names, wrong]))) == ([], [("P57", "warning")])


MODELS = "from django.db import models\n\n\nclass Note(models.Model):\n    made_at = FIELD\n"


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("models.DateTimeField()", "note.made_at", [("P26", "error")]),
        ("models.DateTimeField()", "note.made_at.isoformat()", []),
        ("models.CharField()", "note.made_at", []),
    ],
)
def test_a_date_of_a_row_is_no_value_for_redis(kind, value, found, read):  # noqa: F811
    view = (
        "from asgiref.sync import async_to_sync\n"
        "from channels.layers import get_channel_layer\n\n\n"
        "def tell(note):\n    layer = get_channel_layer()\n"
        "    event = {'type': 'chat.message', 'message': VALUE}\n"
        "    async_to_sync(layer.group_send)('chat_lobby', event)\n"
    )
    files = {"chat_app/notes.py": view.replace("VALUE", value)}
    files["chat_app/models.py"] = MODELS.replace("FIELD", kind)
    assert ids(read({**FILES, **files})) == ([], found)


SHOWS = """\
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const socket = new WebSocket(scheme + "//" + location.host + "/ws/chat/lobby/");
socket.onmessage = function (event) {
  const data = JSON.parse(event.data);
  let row = '<b class="text">' + VALUE + '</b>';
  let html = '';
  if (data.own) {
    html = row;
  }
  log.innerHTML += html
};
function esc(text) { return String(text).replace(/</g, "&lt;"); }
"""


@pytest.mark.parametrize(
    ("value", "found"), [("data.message", [("P72", "warning")]), ("esc(data.message)", [])]
)
def test_markup_that_is_joined_from_parts_is_followed(value, found, read):  # noqa: F811
    files = {**FILES, "chat_app/static/chat.js": SHOWS.replace("VALUE", value)}
    assert ids(read(files)) == ([], found)


BASE_URL = """\
const PICTURE = 'https://pictures.example/a.png'
const BASE = 'ws://localhost:8000'
ROWS
function open() {
  const url = BASE + '/ws/chat/lobby/'
  return new WebSocket(url)
}
"""


def test_an_address_kept_in_a_name_is_read(read):  # noqa: F811
    text = BASE_URL.replace("ROWS", "// …\n" * 60)
    files = {**FILES, "chat_app/static/chat.js": text}
    assert ids(read(files)) == ([], [("P53", "warning")])
    files["chat_app/static/chat.js"] = text.replace("'ws://", "'wss://")
    assert ids(read(files)) == ([], [])


REQUIRES = ("requirements.txt", None, "channels==4.2.0\ndaphne==4.1.2\n")
REQUIRES_ALL = ("requirements.txt", None, "channels==4.2.0\nchannels-redis==4.2.0\n")


def test_a_layer_whose_package_is_not_required_is_found(read):  # noqa: F811
    assert ids(read(edited(FILES, [REQUIRES]))) == ([], [("P04", "warning")])
    assert ids(read(edited(FILES, [REQUIRES_ALL]))) == ([], [])


def test_a_type_inside_an_event_is_the_clients_own_affair(read):  # noqa: F811
    inside = consumer('"message": message}', '"message": {"type": data["type"], "text": message}}')
    assert ids(read(edited(FILES, [PARSES, inside]))) == ([], [])
    outside = consumer('"type": "chat.message"', '"type": data["type"]')
    assert ids(read(edited(FILES, [PARSES, outside]))) == ([], [("P71", "warning")])


TOKENS = """\
class Tokens:
    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        scope["user"] = scope["path"]
        return await self.inner(scope, receive, send)
"""


def test_a_sender_is_not_believed_where_a_middleware_knows_the_user(read):  # noqa: F811
    named = consumer('"message": message}', '"message": message, "sender": data["sender"]}')
    anonymous = consumer('        self.user = self.scope["user"]\n', "")
    files = edited(FILES, [PARSES, named, anonymous])
    assert ids(read(files)) == ([], [])
    stack = [
        ("chat_app/tokens.py", None, TOKENS),
        (ASGI, "AuthMiddlewareStack(URLRouter", "Tokens(URLRouter"),
        (
            ASGI,
            "from channels.auth import AuthMiddlewareStack",
            "from chat_app.tokens import Tokens",
        ),
    ]
    assert ids(read(edited(files, stack))) == ([], [("P71", "warning")])


NO_DEBUG = settings("DEBUG = True", "DEBUG = False")
NO_FINDERS = settings("WHITENOISE_USE_FINDERS = True\n", "")
NO_WHITENOISE = settings('    "whitenoise.middleware.WhiteNoiseMiddleware",\n', "")


def test_static_files_matter_to_a_project_with_pages(read):  # noqa: F811
    files = edited(FILES, [NO_DEBUG, NO_FINDERS, NO_WHITENOISE])
    assert ids(read(files)) == ([], [("P49", "note")])
    page = {"chat_app/templates/chat.html": "<p>Hello</p>\n"}
    assert ids(read({**files, **page})) == ([], [("P49", "warning")])


@pytest.mark.parametrize(
    ("name", "found"),
    [("chat_{room}", []), ("{room}_lobby", []), ("room_{room}", [("P95", "error")])],
)
def test_a_group_is_sent_to_by_the_name_it_is_joined_by(name, found, read):  # noqa: F811
    view = (
        "from asgiref.sync import async_to_sync\n"
        "from channels.layers import get_channel_layer\n\n\n"
        "def tell(room):\n    layer = get_channel_layer()\n"
        "    event = {'type': 'chat.message', 'message': 'Hello'}\n"
        f"    async_to_sync(layer.group_send)(f'{name}', event)\n"
    )
    assert ids(read({**FILES, "chat_app/telling.py": view})) == ([], found)


def test_a_part_of_the_url_that_is_only_asked_for_may_be_missing(read):  # noqa: F811
    asks = '        self.page = self.scope["url_route"]["kwargs"].get("page")\n'
    user = '        self.user = self.scope["user"]\n'
    assert ids(read(edited(FILES, [consumer(user, user + asks)]))) == ([], [])
    given = (ROUTING, "ChatConsumer.as_asgi())", 'ChatConsumer.as_asgi(), {"page": 1})')
    reads = consumer(user, user + asks.replace('.get("page")', '["page"]'))
    assert ids(read(edited(FILES, [given, reads]))) == ([], [])
    assert ids(read(edited(FILES, [reads]))) == ([], [("P94", "error")])


def test_a_users_token_counts_for_more_than_his_cookies(read):  # noqa: F811
    checked = "AllowedHostsOriginValidator(\n            AuthMiddlewareStack("
    router = "URLRouter(websocket_urlpatterns))\n        ),"
    first = "from chat_app.routing"
    open_to_all = [
        (ASGI, f"{checked}{router}", f"Tokens(AuthMiddlewareStack({router}"),
        (ASGI, first, f"from chat_app.tokens import Tokens\n{first}"),
    ]
    asks = TOKENS.replace('scope["user"] = scope["path"]', 'print(scope["path"])')
    files = edited(FILES, [*open_to_all, ("chat_app/tokens.py", None, asks)])
    assert ("P37", "warning") in ids(read(files))[1]
    always = TOKENS.replace('scope["path"]', "AnonymousUser()")
    files = edited(FILES, [*open_to_all, ("chat_app/tokens.py", None, always)])
    assert ids(read(files)) == ([], [])


TABLE_OF_COMMANDS = f"""\
        self.commands[data["command"]](self, data)
{SENDS}
    def greet(self, frame):
        self.last = User.objects.filter(username=frame["KEY"])[0]

    commands = {{"greet": greet}}
"""


@pytest.mark.parametrize(("key", "found"), [("from", [("P71", "warning")]), ("to", [])])
def test_a_frame_is_followed_through_a_table_of_commands(key, found, read):  # noqa: F811
    anonymous = consumer('        self.user = self.scope["user"]\n', "")
    commands = consumer(SENDS, TABLE_OF_COMMANDS.replace("KEY", key))
    assert ids(read(edited(FILES, [USERS, PARSES, anonymous, commands]))) == ([], found)


def test_a_sender_inside_an_events_data_is_not_believed(read):  # noqa: F811
    named = consumer(
        '"message": message}', '"message": {"text": message, "sender": data["sender"]}}'
    )
    assert ids(read(edited(FILES, [PARSES, named]))) == ([], [("P71", "warning")])
    own = consumer('"message": message}', '"message": {"text": message, "sender": self.user.pk}}')
    assert ids(read(edited(FILES, [PARSES, own]))) == ([], [])


CLOSES = """\
    async def close(self, code=None):
        KEYWORD super().close(code)

    async def disconnect"""


def test_an_overridden_method_awaits_its_base(read):  # noqa: F811
    for keyword, found in (("return", [("P20", "error")]), ("return await", []), ("await", [])):
        closes = consumer("    async def disconnect", CLOSES.replace("KEYWORD", keyword))
        assert ids(read(edited(FILES, [closes]))) == ([], found)


def test_a_consumer_closes_its_socket_instead_of_disconnecting(read):  # noqa: F811
    user = '        self.user = self.scope["user"]\n'
    refuses = f"{user}        if not self.user:\n            await self.CALL\n            return\n"
    named = 'self.group_name = ""\n'
    early = f"        {named}{refuses}"
    right = consumer(user, early.replace("CALL", "close()"))
    assert ids(read(edited(FILES, [right]))) == ([], [])
    wrong = consumer(user, early.replace("CALL", "disconnect()"))
    assert ("P32", "error") in ids(read(edited(FILES, [wrong])))[1]


@pytest.mark.parametrize(
    ("body", "found"),
    [('return f"chat_{name}"', [("P25", "warning")]), ('return re.sub(r"[^a-z]", "", name)', [])],
)
def test_a_username_in_a_groups_name_is_followed_into_a_method(body, found, read):  # noqa: F811
    named = consumer(GROUP_OF_ROOM, "self.group_name = self.room_of(self.user.username)")
    room_of = f"    def room_of(self, name):\n        {body}\n\n"
    ends = "    async def disconnect"
    method = consumer(ends, f"{room_of}{ends}")
    assert ids(read(edited(FILES, [named, method]))) == ([], found)


GROUP_OF_ROOM = 'self.group_name = f"chat_{room_name}"'


@pytest.mark.parametrize(("name", "found"), [("https", [("P53", "warning")]), ("https:", [])])
def test_a_pages_protocol_ends_with_a_colon(name, found, read):  # noqa: F811
    page = CHOSEN.replace("SCHEME", "scheme").replace("'https:'", f"'{name}'")
    assert ids(read({**FILES, "chat_app/static/chat.js": page})) == ([], found)


def test_an_application_in_a_package_that_is_not_here_is_wrong(read):  # noqa: F811
    named = settings('"chat_project.asgi.application"', '"app.asgi.application"')
    assert ids(read(edited(FILES, [named]))) == ([], [("P18", "error")])


CHECKED = """\
    async def disconnect(self, code):
        user = self.user
        if user.is_anonymous:
            return
        await self.channel_layer.group_discard(self.group_name, self.channel_name)
"""


def test_an_attribute_behind_a_check_of_the_user_is_set(read):  # noqa: F811
    user = '        self.user = self.scope["user"]\n'
    leaves = "            await self.close()\n            return\n"
    refuses = f"{user}        if self.user.is_anonymous:\n{leaves}"
    files = edited(FILES, [consumer(user, refuses)])
    assert ids(read(files)) == ([], [("P31", "warning")])
    assert ids(read(edited(files, [consumer(ENDS, CHECKED)]))) == ([], [])


def test_markup_from_a_template_is_escaped(read):  # noqa: F811
    shows = SHOWS.replace("VALUE", "data.messageHTML")
    assert ids(read({**FILES, "chat_app/static/chat.js": shows})) == ([], [])
