"""What only shows across files: helpers, mixins, callers, other branches and other settings."""

import pytest
from base_project import FILES, edited
from case_parts import ASGI, CONSUMERS, HOSTS, LAYER, MEMORY, SETTINGS, consumer, settings
from test_no_import import ids, read  # noqa: F401

from channels_doctor.source import consumers
from channels_doctor.source.tree import Tree

pytestmark = pytest.mark.slow

HEAD = "from channels.generic.websocket import AsyncWebsocketConsumer\n\n"
DELEGATES = f"""\
{HEAD}from chat_app import entering


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        await entering.connect(self)

    async def disconnect(self, code):
        await entering.disconnect(self)

    async def chat_message(self, event):
        await self.send(text_data=event["message"])
"""
SETS_GROUP = '    consumer.group_name = "chat_lobby"\n'
ENTERING = f"""\
async def connect(consumer):
    if not consumer.scope["user"].is_authenticated:
        await consumer.close()
        return
{SETS_GROUP}\
    await consumer.channel_layer.group_add(consumer.group_name, consumer.channel_name)
    await consumer.accept()


async def disconnect(consumer):
    await consumer.channel_layer.group_discard(consumer.group_name, consumer.channel_name)
"""
SET_EARLY = ENTERING.replace(SETS_GROUP, "").replace(
    "(consumer):\n    if", f"(consumer):\n{SETS_GROUP}    if"
)
LEAVES_NOTHING = SET_EARLY.replace("await consumer.channel_layer.group_discard", "print")


@pytest.mark.parametrize(
    ("helper", "found", "files_named"),
    [
        (ENTERING, [("P31", "warning")], ["chat_app/consumers.py"]),
        (SET_EARLY, [], []),
        (LEAVES_NOTHING, [("P57", "warning")], ["chat_app/entering.py"]),
    ],
    ids=["unset if refused", "right", "never left"],
)
def test_a_consumer_that_hands_itself_on_is_followed(helper, found, files_named, read):  # noqa: F811
    files = {**FILES, CONSUMERS: DELEGATES, "chat_app/entering.py": helper}
    examined = read(files)
    assert ids(examined) == ([], found)
    assert [finding.place.file for finding in examined.findings] == files_named


def test_two_consumers_may_share_a_helper(tmp_path):
    second = DELEGATES.replace("ChatConsumer", "NewsConsumer")
    (tmp_path / "first.py").write_text(DELEGATES)
    (tmp_path / "second.py").write_text(second)
    (tmp_path / "chat_app").mkdir()
    (tmp_path / "chat_app" / "__init__.py").touch()
    (tmp_path / "chat_app" / "entering.py").write_text(SET_EARLY)
    found = consumers.find(Tree(tmp_path))
    helpers = {consumer.name: [method.name for method in consumer.adopted] for consumer in found}
    assert helpers == {
        "ChatConsumer": ["connect_", "disconnect_"],
        "NewsConsumer": ["connect_", "disconnect_"],
    }


REFUSES = """\
from channels.exceptions import DenyConnection


async def admit(socket):
    if not socket.scope["user"].is_authenticated:
        raise DenyConnection()
"""
ADMITS = [
    ("chat_app/entering.py", None, REFUSES),
    consumer("import json\n", "import json\n\nfrom chat_app.entering import admit\n"),
]


def test_a_helper_that_refuses_ends_connect(read):  # noqa: F811
    early = consumer(
        "        await self.accept()\n", "        await admit(self)\n        await self.accept()\n"
    )
    assert ids(read(edited(FILES, [*ADMITS, early]))) == ([], [])
    late = consumer('        self.user = self.scope["user"]\n', "        await admit(self)\n")
    assert ids(read(edited(FILES, [*ADMITS, late]))) == ([], [("P31", "warning")])


MIXIN = """\
import json


class Receives:
    async def receive(self, text_data=None, bytes_data=None):
        message = json.loads(text_data)["message"]
        event = {"type": "chat.message", "message": message}
        await self.channel_layer.group_send(self.group_name, event)
"""


def test_the_methods_of_a_mixin_are_read_where_they_are(read):  # noqa: F811
    text = FILES[CONSUMERS]
    start, end = text.index("    async def receive"), text.index("    async def chat_message")
    mixed = (text[:start] + text[end:]).replace("(Async", "(Receives, Async")
    mixed = mixed.replace("import json\n", "import json\n\nfrom chat_app.mixins import Receives\n")
    examined = read({**FILES, CONSUMERS: mixed, "chat_app/mixins.py": MIXIN})
    assert ids(examined) == ([], [("P30", "note")])
    assert str(examined.findings[0].place) == "chat_app/mixins.py:6"


IMPATIENT = LAYER.replace(HOSTS, '"hosts": [URL]')
IN_BRANCHES = FILES[SETTINGS].replace(
    "CHANNEL_LAYERS = {\n", 'URL = "redis://127.0.0.1:6379/0"\nCHANNEL_LAYERS = {\n'
)
BRANCH = f'    CHANNEL_LAYERS = {{\n        "default": {{\n{IMPATIENT}        }},\n    }}\n'
REQUIRED = ("requirements.txt", None, "channels==4.3.2\nchannels-redis==4.3.0\nREDIS")
TESTS = {
    "if DEBUG": "if DEBUG:\n    pass\nelse:\n",
    "a variable": 'import os\n\nif os.environ.get("CACHE_URL"):\n',
    "try": "try:\n    import chat_app\nexcept ImportError:\n    pass\nelse:\n",
}


@pytest.mark.parametrize("way", TESTS)
def test_the_layer_of_another_branch_is_read(way, read):  # noqa: F811
    chosen = IN_BRANCHES.replace(LAYER, MEMORY) + TESTS[way] + BRANCH
    files = {**FILES, SETTINGS: chosen, REQUIRED[0]: REQUIRED[2].replace("REDIS", "")}
    examined = read(files)
    assert ids(examined) == ([], [("P01", "warning")])
    assert "with redis-py 8" in examined.findings[0].condition
    files[REQUIRED[0]] = REQUIRED[2].replace("REDIS", "redis==7.1.0\n")
    assert ids(read(files)) == ([], [])


def test_the_layer_of_settings_next_to_these_is_read(read):  # noqa: F811
    base = FILES[SETTINGS].replace(LAYER, MEMORY)
    live = f"from .settings import *\n\nURL = None\nif True:\n{BRANCH}"
    files = {
        **FILES,
        SETTINGS: base,
        "chat_project/settings_live.py": live.replace("if True", "if URL"),
    }
    files[REQUIRED[0]] = REQUIRED[2].replace("REDIS", "")
    examined = read(files)
    assert ids(examined) == ([], [("P01", "warning")])
    assert examined.findings[0].place.file == "chat_project/settings_live.py"


NEWS = """\
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def tell(text):
    layer = get_channel_layer()
    event = {"type": "chat.message", "message": text}
    async_to_sync(layer.group_send)("chat_lobby", event)
"""
TASK = """\
from celery import shared_task

from chat_app.news import tell


@shared_task
def remind():
    tell("Lunch")
"""
VIEW = TASK.replace("from celery import shared_task\n\n", "").replace("@shared_task\n", "")


def test_a_task_that_sends_through_a_helper_is_found(read):  # noqa: F811
    files = edited(FILES, [settings(LAYER, MEMORY), ("chat_app/news.py", None, NEWS)])
    assert ids(read({**files, "chat_app/other.py": VIEW})) == ([], [])
    files["chat_app/tasks.py"] = TASK
    assert ids(read(files)) == ([], [("P11", "warning")])
    files[SETTINGS] += "CELERY_TASK_ALWAYS_EAGER = True\n"
    assert ids(read(files)) == ([], [])


INBOX = f"""\
{HEAD}
class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.user_id = self.scope["url_route"]["kwargs"]["user_id"]
        self.group_name = f"user_{{self.user_id}}"
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group_name, self.channel_name)
"""
CHECKED = INBOX.replace(
    "        await self.accept()\n",
    '        if self.scope["user"].pk != self.user_id:\n            return await self.close()\n'
    "        await self.accept()\n",
)
BY_USER = ("chat_app/routing.py", "(?P<room_name>[-.a-zA-Z0-9_]{1,80})", r"(?P<user_id>\\d+)")


def test_a_user_that_only_the_url_names_is_found(read):  # noqa: F811
    files = edited(FILES, [BY_USER])
    assert ids(read({**files, CONSUMERS: INBOX})) == ([], [("P71", "warning")])
    assert ids(read({**files, CONSUMERS: CHECKED})) == ([], [])


PAGE = "const socket = new WebSocket('ws://' + location.host + '/ws/chat/lobby/');\n"


def test_a_script_that_nothing_mentions_is_only_noted(read):  # noqa: F811
    files = {**FILES, "chat_app/static/chat_app/old_try.js": PAGE}
    assert ids(read(files)) == ([], [("P53", "note")])
    files["chat_app/templates/chat.html"] = '<script src="chat_app/old_try.js"></script>\n'
    assert ids(read(files)) == ([], [("P53", "warning")])


def test_a_group_left_under_its_second_name_is_left(read):  # noqa: F811
    named = [
        consumer("        self.group_name = f", "        group = f"),
        consumer("group_add(self.group_name", "group_add(group"),
        consumer(
            "        await self.accept()\n",
            "        self.group_name = group\n        await self.accept()\n",
        ),
    ]
    assert ids(read(edited(FILES, named))) == ([], [])


GUARDED = "        if not room_name:\n            await self.close()\n        self.group_name = f"


def test_a_part_of_the_url_is_never_missing(read):  # noqa: F811
    guarded = consumer("        self.group_name = f", GUARDED)
    assert ids(read(edited(FILES, [guarded]))) == ([], [])
    other = consumer("        self.group_name = f", GUARDED.replace("room_name", "self.user.pk"))
    assert ids(read(edited(FILES, [other]))) == ([], [("P23", "warning")])


ONLINE = """\
class Online:
    people = {}

    @classmethod
    def add(cls, name):
        cls.people[name] = True
"""


def test_what_a_class_keeps_for_all_is_kept_in_one_process(read):  # noqa: F811
    imports = consumer("import json\n", "import json\n\nfrom chat_app.online import Online\n")
    adds = consumer(
        "        await self.accept()\n",
        "        Online.add(self.channel_name)\n        await self.accept()\n",
    )
    files = edited(FILES, [imports, adds, ("chat_app/online.py", None, ONLINE)])
    assert ids(read(files)) == ([], [("P64", "warning")])
    own = ONLINE.replace("    @classmethod\n", "").replace("cls", "self")
    assert ids(read({**files, "chat_app/online.py": own})) == ([], [])


FROM_SETTINGS = """\
import os

from channels.routing import get_default_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
SETS_UPapplication = get_default_application()
"""


def test_the_application_of_the_settings_needs_djangos_setup(read):  # noqa: F811
    routing = FILES[ASGI].replace("get_asgi_application()", "None", 1)
    models = consumer(
        "import json\n", "import json\n\nfrom django.contrib.auth.models import User\n"
    )
    uses = consumer("class ChatConsumer", "assert User\n\n\nclass ChatConsumer")
    files = edited({**FILES, "chat_project/routing.py": FILES[ASGI]}, [models, uses])
    files[SETTINGS] = files[SETTINGS].replace("asgi.application", "routing.application")
    files["chat_project/routing.py"] = routing.replace('"http": http_application,', "")
    early = FROM_SETTINGS.replace("SETS_UP", "")
    _, found = ids(read({**files, ASGI: early}))
    assert [pair for pair in found if pair[0] == "P19"] == [("P19", "error")]
    late = FROM_SETTINGS.replace("SETS_UP", "django.setup()\n").replace(
        "import os", "import os\n\nimport django"
    )
    _, found = ids(read({**files, ASGI: late}))
    assert "P19" not in dict(found)


OUTSIDE = """\
from django.contrib.auth.models import AnonymousUser


class Tokens:
    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        scope["user"] = AnonymousUser()
        return await self.inner(scope, receive, send)
"""


def test_a_middleware_around_the_router_may_set_the_user(read):  # noqa: F811
    open_to_all = [
        (
            ASGI,
            "AllowedHostsOriginValidator(\n            AuthMiddlewareStack",
            "(\n            AuthMiddlewareStack",
        ),
        (ASGI, "from channels.security.websocket import AllowedHostsOriginValidator\n", ""),
    ]
    assert ids(read(edited(FILES, open_to_all))) == ([], [("P37", "warning")])
    wrapped = [
        ("chat_app/tokens.py", None, OUTSIDE),
        (
            ASGI,
            "import websocket_urlpatterns\n",
            "import websocket_urlpatterns\nfrom chat_app.tokens import Tokens\n",
        ),
        (
            ASGI,
            "application = ProtocolTypeRouter(\n    {",
            "application = Tokens(ProtocolTypeRouter(\n    {",
        ),
        (ASGI, "        ),\n    }\n)\n", "        ),\n    }\n))\n"),
    ]
    assert ids(read(edited(FILES, [*open_to_all, *wrapped]))) == ([], [])


SERVES_APART = """\
services:
  pages:
    command: python manage.py runserver 0.0.0.0:8000
  sockets:
    command: daphne -b 0.0.0.0 -p 8001 chat_project.asgi:application
"""


def test_a_server_for_sockets_alone_needs_no_pages(read):  # noqa: F811
    without = [(ASGI, '        "http": http_application,\n', ""), settings('    "daphne",\n', "")]
    apart = ("compose.yml", None, SERVES_APART)
    assert ids(read(edited(FILES, [*without, apart]))) == ([], [("P02", "note")])
    assert ("P17", "error") in ids(read(edited(FILES, without)))[1]


def test_a_service_that_is_asked_in_a_thread_makes_the_socket_wait(read):  # noqa: F811
    asks = (
        "import requests\n\n\ndef ask_model(text):\n"
        "    return requests.post('http://ai', json=text)\n"
    )
    waits = consumer(
        '        event = {"type"',
        '        message = await sync_to_async(ask_model)(message)\n        event = {"type"',
    )
    imports = consumer(
        "import json\n",
        "import json\n\nfrom asgiref.sync import sync_to_async\n\n"
        "from chat_app.model import ask_model\n",
    )
    files = edited(FILES, [waits, imports, ("chat_app/model.py", None, asks)])
    assert ids(read(files)) == ([], [("P40", "warning")])
    files["chat_app/model.py"] = asks.replace("requests.post('http://ai', json=text)", "text")
    assert ids(read(files)) == ([], [])


def test_an_application_that_a_function_builds_is_read(read):  # noqa: F811
    text = FILES[ASGI].replace(
        "AllowedHostsOriginValidator(\n            Auth", "(\n            Auth"
    )
    head, start, rest = text.partition("application = ProtocolTypeRouter(")
    body = f"return ProtocolTypeRouter({rest}".replace("\n", "\n    ").rstrip()
    built = f"{head}def build():\n    {body}\n\n\napplication = build()\n"
    built = built.replace(
        "from channels.security.websocket import AllowedHostsOriginValidator\n", ""
    )
    assert start
    assert ids(read({**FILES, ASGI: built})) == ([], [("P37", "warning")])


HOOK = "const { lastMessage } = useWebSocket('ws://localhost:8000/ws/chat/lobby/');\n"


def test_a_socket_that_a_hook_opens_is_found(read):  # noqa: F811
    files = {**FILES, "chat_app/static/index.js": HOOK}
    assert ids(read(files)) == ([], [("P53", "warning")])
    files["chat_app/static/index.js"] = HOOK.replace("ws:", "wss:")
    assert ids(read(files)) == ([], [])


def test_a_variable_that_only_chooses_the_host_is_not_missed(read):  # noqa: F811
    chosen = [
        settings("SECRET_KEY =", "import os\n\nSECRET_KEY ="),
        settings(
            HOSTS,
            '"hosts": [{"address": "redis://redis:6379/0", "socket_timeout": None}]\n'
            '            if os.environ.get("NEAR")\n'
            '            else [{"address": os.environ.get("FAR"), "socket_timeout": None}]',
        ),
    ]
    assert ids(read(edited(FILES, chosen))) == ([], [])


HELPED = """\
    async def receive(self, text_data=None, bytes_data=None):
        message = self.parsed(text_data)["message"]
        await self.channel_layer.group_send(
            self.group_name, {"type": "chat.message", "message": message}
        )

    def parsed(self, text):
        return json.loads(text)

"""


def test_a_frame_that_another_method_parses_is_followed(read):  # noqa: F811
    text = FILES[CONSUMERS]
    start, end = text.index("    async def receive"), text.index("    async def chat_message")
    files = {**FILES, CONSUMERS: text[:start] + HELPED + text[end:]}
    assert ids(read(files)) == ([], [("P30", "note")])
    careful = HELPED.replace(
        "        return json.loads(text)\n",
        "        try:\n            return json.loads(text)\n"
        '        except ValueError:\n            return {"message": ""}\n',
    )
    files[CONSUMERS] = text[:start] + careful + text[end:]
    assert ids(read(files)) == ([], [])
