"""Faults of public projects that the doctor once missed, each next to how it is right."""

import pytest
from base_project import FILES, edited
from case_parts import (
    ASGI,
    CONNECT_BODY,
    CONSUMERS,
    ROUTING,
    ROUTING_FIRST,
    consumer,
    settings,
)
from test_no_import import ids, read  # noqa: F811, F401

pytestmark = pytest.mark.slow

SCRIPT = "chat_app/static/chat.js"
OWN_USER = '        self.user = self.scope["user"]\n'
NAMES = '        room_name = self.scope["url_route"]["kwargs"]["room_name"]\n'
GROUP = 'self.group_name = f"chat_{room_name}"'
EVENT = '        event = {"type": "chat.message", "message": message}\n'
KEEPS = [
    consumer(
        '            message = json.loads(text_data)["message"]\n',
        '            data = json.loads(text_data)\n            message = data["message"]\n',
    )
]
VALIDATED = """\
AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        )"""
ANY_NAME = (ROUTING, "[-.a-zA-Z0-9_]{1,80}", r"\w+")
REFUSES = """\
        if not TEST:
            await self.close()
            return
"""
LEAVES = [
    consumer(
        "    async def connect(self):\n", '    group_name = ""\n\n    async def connect(self):\n'
    )
]
KNOWN = """\
    async def is_known(self, name):
        return name.isascii()

    async def chat_message"""
ASKS = '        message = data.get("message")\n'
PARSES = [*KEEPS, consumer('            message = data["message"]\n', "")]
CHECKS = "        if not isinstance(data, dict):\n            return\n"
RAW = """\
import json

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer


class ChatConsumer(AsyncConsumer):
    async def websocket_connect(self, event):
        await self.channel_layer.group_add("lobby", self.channel_name)
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event):
        text = event.get("text")
        try:
            message = json.loads(text)
        except ValueError:
            return
        await self.channel_layer.group_send("lobby", {"type": "chat.message", "text": message})

    async def websocket_disconnect(self, event):
        await self.channel_layer.group_discard("lobby", self.channel_name)
        raise StopConsumer()

    async def chat_message(self, event):
        await self.send({"type": "websocket.send", "text": json.dumps(event["text"])})
"""
ECHO = """\
from channels.generic.websocket import AsyncWebsocketConsumer


class ChatConsumer(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data=text_data, bytes_data=bytes_data)
"""
NOTES = """\
from django.contrib.auth.models import Group


def note(name):
    Group.objects.create(name=name)
"""
WITH_NOTES = [
    ("chat_app/notes.py", None, NOTES),
    consumer(
        "import json\n",
        "import json\n\nfrom channels.db import database_sync_to_async\n"
        "from chat_app.notes import note\n",
    ),
]
WITH_USERS = [
    *KEEPS,
    consumer(
        "import json\n",
        "import json\n\nfrom asgiref.sync import sync_to_async\n"
        "from django.contrib.auth.models import User\n",
    ),
]
FINDS = '        sender = await sync_to_async(User.objects.get)(pk=data["sender_id"])\n'
SENDS = '        event = {"type": "chat.message", "message": message, "name": sender.username}\n'
COMPARES = '        if data["sender_id"] != self.user.pk:\n            return\n'
TOKENS = "import json\n\nfrom rest_framework_simplejwt.authentication import JWTAuthentication\n"
MAKES_TOKENS = [
    consumer("import json\n", TOKENS),
    consumer(OWN_USER, OWN_USER + "        self.tokens = JWTAuthentication()\n"),
]
PAGE = """\
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const socket = new WebSocket(`${scheme}//${location.host}/ws/chat/lobby/`);
const log = document.getElementById("log");
socket.onmessage = (event) => {
  const data = JSON.parse(event.data);
  SHOWN
};

function esc(text) {
  return String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
}
"""
CHOSEN = 'const scheme = location.protocol === "https:" ? "wss:" : "ws:";\n'
COUNTS = consumer('"message": event["message"]', '"message": event["message"], "amount": AMOUNT')


def page(shown):
    return [(SCRIPT, None, PAGE.replace("SHOWN", shown))]


def amount(value):
    file, old, new = COUNTS
    return [
        *page("log.innerHTML = `${data.amount} EUR`;"),
        (file, old, new.replace("AMOUNT", value)),
    ]


def raw(old="", new=""):
    assert old in RAW
    return [(CONSUMERS, None, RAW.replace(old, new) if old else RAW)]


FAULTS = {
    "a name that a refusal before it can't have looked up": (
        ("P25", "warning"),
        [ANY_NAME, *LEAVES, consumer(NAMES, REFUSES.replace("TEST", "self.user.token") + NAMES)],
        [
            ANY_NAME,
            *LEAVES,
            consumer(NAMES, NAMES + REFUSES.replace("TEST", "await self.is_known(room_name)")),
            consumer("    async def chat_message", KNOWN),
        ],
    ),
    "a user's name as a text": (
        ("P25", "warning"),
        [consumer(GROUP, "self.group_name = str(self.user.username)")],
        [consumer(GROUP, "self.group_name = str(self.user.pk)")],
    ),
    "JSON in the event of a socket": (
        ("P30", "note"),
        raw("except ValueError", "except KeyError"),
        raw(),
    ),
    "JSON that may be no object": (
        ("P30", "note"),
        [*PARSES, consumer(EVENT, ASKS + EVENT)],
        [*PARSES, consumer(EVENT, CHECKS + ASKS + EVENT)],
    ),
    "a group that a plain consumer joins": (
        ("P57", "warning"),
        raw('        await self.channel_layer.group_discard("lobby", self.channel_name)\n', ""),
        raw(),
    ),
    "a misspelt layer that nothing uses yet": (
        ("P07", "warning"),
        [(CONSUMERS, None, ECHO), settings("CHANNEL_LAYERS =", "CHANNEL_LAYER =")],
        [(CONSUMERS, None, ECHO)],
    ),
    "tokens whose package needs Django": (
        ("P19", "error"),
        [*MAKES_TOKENS, *ROUTING_FIRST],
        MAKES_TOKENS,
    ),
    "a user that is asked for by get": (
        ("P37", "warning"),
        [
            consumer(OWN_USER, '        self.user = self.scope.get("user")\n'),
            (ASGI, VALIDATED, "AuthMiddlewareStack(URLRouter(websocket_urlpatterns))"),
        ],
        [consumer(OWN_USER, '        self.user = self.scope.get("user")\n')],
    ),
    "a query in the function that is called": (
        ("P38", "error"),
        [*WITH_NOTES, consumer(EVENT, "        note(message)\n" + EVENT)],
        [
            *WITH_NOTES,
            consumer(EVENT, "        await database_sync_to_async(note)(message)\n" + EVENT),
        ],
    ),
    "a sender who is looked up by the frame": (
        ("P71", "warning"),
        [*WITH_USERS, consumer(EVENT, FINDS + SENDS)],
        [*WITH_USERS, consumer(EVENT, COMPARES + FINDS + SENDS)],
    ),
    "an address in a script of its own": (
        ("P53", "warning"),
        [(SCRIPT, None, 'export const url = "ws://" + window.location.host + "/ws/chat/lobby/";')],
        [(SCRIPT, None, CHOSEN + "export const url = `${scheme}//${location.host}/ws/chat/a/`;")],
    ),
    "an address that no route takes": (
        ("P15", "warning"),
        [(SCRIPT, None, PAGE.replace("/ws/chat/", "/ws/news/").replace("SHOWN", ""))],
        page(""),
    ),
    "a message that is inserted beside": (
        ("P72", "warning"),
        page('log.insertAdjacentHTML("beforeend", data.message + "<br>");'),
        page('log.insertAdjacentHTML("beforeend", esc(data.message) + "<br>");'),
    ),
    "a message in markup that has a name": (
        ("P72", "warning"),
        page("const line = `<li>${data.message}</li>`;\n  log.innerHTML += line;"),
        page("const line = `<li>${esc(data.message)}</li>`;\n  log.innerHTML += line;"),
    ),
    "an amount that the consumer makes no number": (
        ("P72", "warning"),
        amount('event["message"]'),
        amount('int(event["message"])'),
    ),
    "hosts that are missing whatever DEBUG is": (
        ("P37", "error"),
        [
            settings('ALLOWED_HOSTS = ["localhost", "127.0.0.1"]', "ALLOWED_HOSTS = []"),
            settings("DEBUG = True", "DEBUG = False"),
            settings('STATIC_URL = "static/"', 'STATIC_URL = "static/"\nSTATIC_ROOT = "all"'),
        ],
        [
            settings('ALLOWED_HOSTS = ["localhost", "127.0.0.1"]', "ALLOWED_HOSTS = []"),
            settings("DEBUG = True", 'import os\n\nDEBUG = os.getenv("DEBUG", "False") == "True"'),
            settings('STATIC_URL = "static/"', 'STATIC_URL = "static/"\nSTATIC_ROOT = "all"'),
        ],
    ),
}
assert CONNECT_BODY.startswith(OWN_USER + NAMES)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_and_what_is_right_is_not(name, read):  # noqa: F811
    expected, wrong, right = FAULTS[name]
    assert ids(read(edited(FILES, wrong))) == ([], [expected])
    assert ids(read(edited(FILES, right))) == ([], [])


LISTS = """\
def listed(group):
    return [user.pk for user in group.user_set.all()]
"""
FETCHES = """\
        group = await Group.objects.prefetch_related("user_set").aget(name=message)
        print(listed(group))
"""


def test_rows_that_are_fetched_with_a_row_need_no_query(read):  # noqa: F811
    start = "import json\n\nfrom django.contrib.auth.models import Group\n"
    start += "from chat_app.lists import listed\n"
    files = [("chat_app/lists.py", None, LISTS), consumer("import json\n", start)]
    assert ids(read(edited(FILES, [*files, consumer(EVENT, FETCHES + EVENT)]))) == ([], [])


@pytest.mark.parametrize("start", ["^/?ws/", "^/*ws/"])
def test_a_pattern_may_begin_with_a_slash_that_may_be_left_out(start, read):  # noqa: F811
    assert ids(read(edited(FILES, [(ROUTING, "^ws/", start)]))) == ([], [])
