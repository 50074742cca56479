"""Broken projects whose faults show when you follow the flow of control and of values."""
# ruff: noqa: E501

from base_project import FILES
from case_parts import (  # noqa: F401
    ASGI,
    CONNECT,
    CONSUMERS,
    IMPORT,
    NOTIFY,
    ROUTING,
    SEND,
    VIEWS,
    Case,
    consumer,
    settings,
)

JOIN = "        await self.channel_layer.group_add(self.group_name, self.channel_name)\n"
LEAVE_GROUP = "        await self.channel_layer.group_discard(self.group_name, self.channel_name)\n"
SENT = '        await self.send(text_data=json.dumps({"message": event["message"]}))\n'
SENDS = '        event = {"type": "chat.message", "message": message}\n'
ASYNCIO = [consumer("import json\n", "import asyncio\nimport json\n")]
SCRIPT = "chat_app/static/chat.js"
OPENS = """\
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const button = document.getElementById("send");
const log = document.getElementById("log");
let socket;

function connect() {
  socket = new WebSocket(`${scheme}//${location.host}/ws/chat/lobby/`);
  socket.addEventListener("message", (event) => {
    const data = JSON.parse(event.data);
    const line = document.createElement("li");
    line.textContent = data.message;
    log.append(line);
  });
  socket.addEventListener("close", () => setTimeout(connect, 1000));
}

button.addEventListener("click", () => socket.send("{}"));
connect();
"""
PAGE = [(SCRIPT, None, OPENS)]
MIDDLEWARE = """\
class TokenMiddleware:
    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        return await self.inner(dict(scope, token="x"), receive, send)
"""
WITH_MIDDLEWARE = [
    ("chat_app/tokens.py", None, MIDDLEWARE),
    (ASGI, "AuthMiddlewareStack(URLRouter(websocket_urlpatterns))", "AuthMiddlewareStack(TokenMiddleware(URLRouter(websocket_urlpatterns)))"),
    (ASGI, "from chat_app.routing", "from chat_app.tokens import TokenMiddleware\nfrom chat_app.routing"),
]  # fmt: skip
SIGNALS = """\
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver


@receiver(post_save, sender=User)
def announce(instance, **kwargs):
    layer = get_channel_layer()
    event = {"type": "chat.message", "message": str(instance.pk)}
    transaction.on_commit(lambda: async_to_sync(layer.group_send)("chat_lobby", event))
"""
ATOMIC = [settings('"NAME": ":memory:"}', '"NAME": ":memory:", "ATOMIC_REQUESTS": True}')]

OF_THE_FLOW = [
    Case(
        "P15 inner",
        start=[
            (ROUTING, "    re_path(", '    re_path(r"^ws/", URLRouter([re_path('),
            (ROUTING, '"^ws/chat', '"^chat'),
            (ROUTING, "as_asgi()),", "as_asgi())])),"),
            (ROUTING, "from django", "from channels.routing import URLRouter\nfrom django"),
        ],
        broken=[(ROUTING, '"^ws/"', '"^ws/$"')],
        at="^ws/$",
    ),
    Case(
        "P17 http", broken=[(ASGI, '        "http": http_application,\n', "")], drive={"http": True}
    ),
    Case(
        "P20 own",
        start=[
            consumer(JOIN, JOIN + "        await self.greet()\n"),
            consumer(
                "    async def disconnect",
                "    async def greet(self):\n        self.greeted = True\n\n    async def disconnect",
            ),
        ],
        broken=[consumer("await self.greet()", "self.greet()")],
        drive={"wait": 1, "warned": True},
        at="self.greet()",
    ),
    Case(
        "P20 sleep",
        start=[*ASYNCIO, consumer(JOIN, JOIN + "        await asyncio.sleep(0)\n")],
        broken=[consumer("await asyncio.sleep", "asyncio.sleep")],
        drive={"wait": 1, "warned": True},
    ),
    Case(
        "P20 result",
        start=[
            consumer(
                JOIN, JOIN + "        seats = await self.seats()\n        self.seat = seats[0]\n"
            ),
            consumer(
                "    async def disconnect",
                "    async def seats(self):\n        return [1]\n\n    async def disconnect",
            ),
        ],
        broken=[consumer("await self.seats()", "self.seats()")],
        at="self.seats()",
    ),
    Case(
        "P20 early",
        start=[(VIEWS, None, NOTIFY)],
        broken=[
            (
                VIEWS,
                'async_to_sync(layer.group_send)("chat_lobby", {"type": "chat.message", "message": "hello"})',
                'async_to_sync(layer.group_send("chat_lobby", {"type": "chat.message", "message": "hello"}))',
            )
        ],
        drive={"run": "chat_app.views.chat_room", "warned": True, "settings_first": True},
        at="async_to_sync",
    ),
    Case(
        "P23 branch",
        start=[
            consumer(
                JOIN,
                "        if not room_name.isascii():\n            await self.close()\n            return\n"
                + JOIN,
            )
        ],
        broken=[consumer("            await self.close()\n", "")],
        severity="warning",
        at="return",
    ),
    Case(
        "P23 closed",
        start=[
            consumer(
                JOIN,
                "        if not room_name.isascii():\n            await self.close()\n            return\n"
                + JOIN,
            )
        ],
        broken=[
            consumer(
                "            await self.close()\n            return\n",
                "            await self.close()\n",
            )
        ],
        severity="warning",
        at="accept",
    ),
    Case(
        "P24 member",
        start=[
            (
                CONSUMERS,
                "    async def chat_message",
                "    async def chat_closed(self, event):\n        await self.close()\n\n    async def chat_message",
            ),
            (
                "chat_app/other.py",
                None,
                FILES[CONSUMERS]
                .replace("class ChatConsumer", "class OtherConsumer")
                .replace(
                    "    async def chat_message",
                    "    async def chat_closed(self, event):\n        await self.close()\n\n    async def chat_message",
                ),
            ),
            (
                VIEWS,
                None,
                NOTIFY.replace("chat.message", "chat.closed").replace(
                    '"chat_lobby"', 'f"chat_{room_name}"'
                ),
            ),
        ],
        broken=[
            (
                "chat_app/other.py",
                "    async def chat_closed(self, event):\n        await self.close()\n\n",
                "",
            )
        ],
        at="chat.closed",
    ),
    Case(
        "P25 user",
        start=[consumer('f"chat_{room_name}"', 'f"user_{self.user.pk}"')],
        broken=[consumer("self.user.pk", "self.user.username")],
        severity="warning",
        at="group_add",
    ),
    Case(
        "P26 user",
        broken=[consumer('"message": message}', '"message": self.scope["user"]}')],
        start=[],
        drive=SEND,
        severity="error",
        at="self.scope",
    ),
    Case(
        "P26 now",
        start=[
            consumer("import json\n", "import json\nfrom datetime import datetime\n"),
            consumer('"message": message}', '"message": datetime.now().isoformat()}'),
        ],
        broken=[consumer("datetime.now().isoformat()", "datetime.now()")],
        drive=SEND,
        severity="error",
    ),
    Case(
        "P31 refused",
        start=[
            consumer(
                JOIN,
                "        if room_name == 'closed':\n            await self.close()\n            return\n"
                + JOIN,
            )
        ],
        broken=[
            consumer('        self.group_name = f"chat_{room_name}"\n', ""),
            consumer(JOIN, '        self.group_name = f"chat_{room_name}"\n' + JOIN),
        ],
        drive={"path": "/ws/chat/closed/", "leave": True, "wait": 3},
        severity="warning",
        at="self.group_name",
    ),
    Case(
        "P33 early",
        start=[
            consumer(
                "        await self.accept()\n",
                '        await self.accept()\n        await self.send(text_data="{}")\n',
            )
        ],
        broken=[
            consumer(
                '        await self.accept()\n        await self.send(text_data="{}")\n',
                '        await self.send(text_data="{}")\n        await self.accept()\n',
            )
        ],
        at="self.send",
    ),
    Case(
        "P38 direct",
        start=[
            consumer(
                "import json\n",
                "import json\n\nfrom django.contrib.sessions.models import Session\nfrom django.db import DatabaseError\n",
            ),
            consumer(
                JOIN,
                JOIN
                + "        try:\n            self.known = await Session.objects.aexists()\n        except DatabaseError:\n            self.known = False\n",
            ),
        ],
        broken=[consumer("await Session.objects.aexists()", "Session.objects.exists()")],
        drive=CONNECT,
        at="Session.objects",
    ),
    Case(
        "P39 sleep",
        start=[*ASYNCIO, consumer(SENT, "        await asyncio.sleep(0)\n" + SENT)],
        broken=[
            consumer("await asyncio.sleep(0)", "time.sleep(0)"),
            consumer("import asyncio\n", "import time\n"),
        ],
        severity="warning",
        at="time.sleep",
    ),
    Case(
        "P40 loop",
        start=[
            *ASYNCIO,
            consumer(
                "        await self.accept()\n",
                "        await self.accept()\n        for _ in range(2):\n            await asyncio.sleep(0)\n",
            ),
        ],
        broken=[consumer("for _ in range(2):", "while True:")],
        severity="warning",
        at="while True",
    ),
    Case(
        "P40 never",
        broken=[
            consumer(
                "    async def disconnect(self, code)",
                "    async def websocket_disconnect(self, message)",
            )
        ],
        at="websocket_disconnect",
    ),
    Case(
        "P53 fixed",
        start=PAGE,
        broken=[
            (
                SCRIPT,
                "`${scheme}//${location.host}/ws/chat/lobby/`",
                '"ws://" + location.host + "/ws/chat/lobby/"',
            ),
            (SCRIPT, 'const scheme = location.protocol === "https:" ? "wss:" : "ws:";\n', ""),
        ],
        severity="warning",
        at="ws://",
    ),
    Case(
        "P56 unset",
        start=[
            settings(
                'SECRET_KEY = "for',
                'import os\n\nREDIS_HOST = os.environ.get("REDIS_HOST", "127.0.0.1")\nSECRET_KEY = "for',
            ),
            settings('"address": "redis://127.0.0.1:6379/0"', '"host": REDIS_HOST, "port": 6379'),
        ],
        severity="warning",
        at="hosts",
    ),
    Case(
        "P57 left",
        broken=[consumer(LEAVE_GROUP, "        pass\n")],
        severity="warning",
        at="group_add",
    ),
    Case(
        "P58 swapped",
        broken=[
            consumer(
                "group_add(self.group_name, self.channel_name)",
                "group_add(self.channel_name, self.group_name)",
            )
        ],
        at="group_add",
    ),
    Case(
        "P58 room",
        broken=[
            consumer(
                "group_add(self.group_name, self.channel_name)",
                "group_add(self.group_name, self.group_name)",
            )
        ],
        at="group_add",
    ),
    Case(
        "P59 shared",
        start=[
            consumer(
                "    async def connect(self):\n",
                "    groups = ['everybody']\n\n    async def connect(self):\n        self.groups = [*self.groups, 'more']\n",
            )
        ],
        broken=[consumer("self.groups = [*self.groups, 'more']", "self.groups.append('more')")],
        at="self.groups.append",
    ),
    Case(
        "P60 unheld",
        start=[
            *ASYNCIO,
            consumer(SENT, "        self.task = asyncio.create_task(asyncio.sleep(0))\n" + SENT),
        ],
        broken=[consumer("self.task = asyncio", "asyncio")],
        severity="warning",
        at="create_task",
    ),
    Case(
        "P61 signal",
        start=[("chat_app/signals.py", None, SIGNALS), *ATOMIC],
        broken=[
            (
                "chat_app/signals.py",
                'transaction.on_commit(lambda: async_to_sync(layer.group_send)("chat_lobby", event))',
                'async_to_sync(layer.group_send)("chat_lobby", event)',
            )
        ],
        severity="warning",
        at="group_send",
    ),
    Case(
        "P62 token",
        start=WITH_MIDDLEWARE,
        broken=[
            (
                "chat_app/tokens.py",
                'dict(scope, token="x")',
                'dict(scope, token=scope["query_string"].decode().partition("=")[2] or self.seen.get("token"))',
            )
        ],
        severity="note",
        at="query_string",
    ),
    Case(
        "P63 again",
        start=PAGE,
        broken=[
            (
                SCRIPT,
                '}\n\nbutton.addEventListener("click", () => socket.send("{}"));\n',
                '  button.addEventListener("click", () => socket.send("{}"));\n}\n\n',
            )
        ],
        severity="warning",
        at="button.addEventListener",
    ),
    Case(
        "P64 class",
        start=[
            consumer(
                "    async def connect(self):\n",
                "    async def connect(self):\n        self.online = set()\n",
            ),
            consumer(JOIN, JOIN + "        self.online.add(room_name)\n"),
        ],
        broken=[
            consumer("        self.online = set()\n", ""),
            consumer(
                "    async def connect(self):\n",
                "    online = set()\n\n    async def connect(self):\n",
            ),
        ],
        severity="warning",
        at="self.online.add",
    ),
    Case(
        "P65 asked",
        start=PAGE,
        broken=[(SCRIPT, "lobby/`)", 'lobby/`, ["chat.v1"])')],
        at="new WebSocket",
    ),
    Case(
        "P66 include",
        start=[
            (ROUTING, "    re_path(", '    re_path(r"^ws/", URLRouter([re_path('),
            (ROUTING, '"^ws/chat', '"^chat'),
            (ROUTING, "as_asgi()),", "as_asgi())])),"),
            (
                ROUTING,
                "from django.urls import re_path",
                "from channels.routing import URLRouter\nfrom django.urls import include, re_path",
            ),
        ],
        broken=[
            (ROUTING, "URLRouter([", "include(["),
            (ROUTING, "from channels.routing import URLRouter\n", ""),
        ],
        drive={**IMPORT, "within": True},
        at="include",
    ),
    Case(
        "P67 twice",
        start=WITH_MIDDLEWARE,
        broken=[
            (
                "chat_app/tokens.py",
                '    async def __call__(self, scope, receive, send):\n        return await self.inner(dict(scope, token="x"), receive, send)\n',
                '    def __call__(self, scope):\n        return self.inner(dict(scope, token="x"))\n',
            )
        ],
        drive=CONNECT,
        at="def __call__",
    ),
    Case(
        "P68 renamed",
        broken=[(ASGI, '"chat_project.settings"', '"oldname.settings"')],
        drive=IMPORT,
        at="oldname",
    ),
    Case(
        "P70 history",
        start=[
            consumer(
                "    async def disconnect",
                "    async def history(self):\n        return []\n\n    async def disconnect",
            ),
            consumer(
                "        await self.accept()\n",
                "        messages = await self.history()\n        await self.accept()\n        for message in messages:\n            await self.send(text_data=message)\n",
            ),
        ],
        broken=[
            consumer("        messages = await self.history()\n", ""),
            consumer(JOIN, "        messages = await self.history()\n" + JOIN),
        ],
        severity="warning",
        at="self.history()",
    ),
    Case(
        "P71 name",
        start=[
            consumer('"message": message}', '"message": message, "username": self.user.username}'),
            consumer(
                '            message = json.loads(text_data)["message"]\n',
                '            data = json.loads(text_data)\n            message = data["message"]\n',
            ),
        ],
        broken=[consumer("self.user.username", 'data["username"]')],
        severity="warning",
        at="username",
    ),
    Case(
        "P72 markup",
        start=PAGE,
        broken=[
            (SCRIPT, "line.textContent = data.message", "line.innerHTML = `<b>${data.message}</b>`")
        ],
        severity="warning",
        at="innerHTML",
    ),
    Case("P94", drive=CONNECT, at='"room"'),
    Case("P95", at="room_lobby"),
]
