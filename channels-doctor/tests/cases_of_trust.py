"""Broken projects that trust a client, lose its messages, or block."""
# ruff: noqa: E501

from case_parts import ASGI, VIEWS, Case, consumer, settings
from cases_of_flow import WITH_MIDDLEWARE

JOIN = "        await self.channel_layer.group_add(self.group_name, self.channel_name)\n"
SENT = '        await self.send(text_data=json.dumps({"message": event["message"]}))\n'
SENDS = '        event = {"type": "chat.message", "message": message}\n'
READS = '            message = json.loads(text_data)["message"]\n'
KEEPS = '            data = json.loads(text_data)\n            message = data["message"]\n'
OWN_USER = '        self.user = self.scope["user"]\n'
REFUSES = (
    '        if room_name == "closed":\n            await self.close()\n            return\n' + JOIN
)
FIND_USER = """\
    @database_sync_to_async
    def get_user(self, name):
        return User.objects.filter(username=name).first()

    async def chat_message"""
WITH_USERS = """\
import json

from channels.db import database_sync_to_async
from django.contrib.auth.models import User
"""
COOKIES = """\
class CookieUsers:
    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        scope["user"] = dict(scope["headers"]).get(b"cookie", b"").decode() or None
        return await self.inner(scope, receive, send)
"""
VALIDATED = "AllowedHostsOriginValidator(\n            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))\n        )"
COUNTS = """\
from redis.asyncio import Redis

counts = Redis(host="127.0.0.1", port=6379)
"""
WRITES = """\
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpResponse


def chat_room(request, room_name):
    layer = get_channel_layer()
    event = {"type": "chat.message", "message": room_name}
    Group.objects.create(name=room_name)
    transaction.on_commit(lambda: async_to_sync(layer.group_send)("chat_lobby", event))
    return HttpResponse(room_name)
"""
ATOMIC = settings('"NAME": ":memory:"}', '"NAME": ":memory:", "ATOMIC_REQUESTS": True}')
SCRIPT = "chat_app/static/chat.js"
SHOWS = """\
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const log = document.getElementById("log");
const socket = new ReconnectingWebSocket(`${scheme}//${location.host}/ws/chat/lobby/`);
const button = document.getElementById("send");
button.addEventListener("click", () => socket.send("{}"));

function show(line) {
  const item = document.createElement("li");
  item.textContent = line;
  log.append(item);
}

socket.onopen = () => {
  log.textContent = "";
};
socket.onmessage = (event) => {
  const data = JSON.parse(event.data);
  show(`${data.user}: ${data.message}`);
};
"""
PAGE = [(SCRIPT, None, SHOWS)]

OF_TRUST = [
    Case(
        "P23 setattr",
        start=[
            consumer(JOIN, REFUSES),
            consumer(OWN_USER, '        setattr(self, "user", self.scope["user"])\n'),
        ],
        broken=[
            consumer("            await self.close()\n            return\n", "            return\n")
        ],
        drive={"path": "/ws/chat/closed/", "silent": True, "wait": 1},
        severity="warning",
    ),
    Case(
        "P31 later",
        start=[
            consumer(JOIN, JOIN + "        self.last = ''\n"),
            consumer(SENDS, SENDS + "        self.last = message\n"),
            consumer(
                "    async def disconnect(self, code):\n",
                "    async def disconnect(self, code):\n        print(len(self.last))\n",
            ),
        ],
        broken=[consumer("        self.last = ''\n", "")],
        drive={"leave": True, "wait": 3},
        severity="warning",
        at="self.last",
    ),
    Case(
        "P34 code",
        start=[consumer(JOIN, REFUSES)],
        broken=[consumer("await self.close()", "await self.close(code=4404)")],
        drive={"path": "/ws/chat/closed/", "refused": True, "wait": 1},
        severity="note",
        at="code=4404",
    ),
    Case(
        "P37 cookies",
        start=[
            ("chat_app/cookies.py", None, COOKIES),
            (ASGI, "AuthMiddlewareStack(URL", "CookieUsers(URL"),
            (
                ASGI,
                "from channels.auth import AuthMiddlewareStack",
                "from chat_app.cookies import CookieUsers",
            ),
        ],
        broken=[
            (
                ASGI,
                VALIDATED.replace("AuthMiddlewareStack", "CookieUsers"),
                "CookieUsers(URLRouter(websocket_urlpatterns))",
            )
        ],
        drive={"origin": "http://evil.example", "accepted": True, "wait": 1},
        severity="warning",
    ),
    Case(
        "P37 token",
        start=WITH_MIDDLEWARE,
        broken=[
            (
                ASGI,
                "AllowedHostsOriginValidator(\n            AuthMiddlewareStack(TokenMiddleware(URLRouter(websocket_urlpatterns)))\n        )",
                "AuthMiddlewareStack(TokenMiddleware(URLRouter(websocket_urlpatterns)))",
            )
        ],
        drive={"origin": "http://evil.example", "accepted": True, "wait": 1},
        severity="warning",
    ),
    Case(
        "P39 client",
        start=[
            ("chat_app/counts.py", None, COUNTS),
            consumer("import json\n", "import json\n\nfrom redis.asyncio import Redis\n"),
            consumer(JOIN, JOIN + "        self.counts = Redis()\n"),
            consumer(SENT, '        await self.counts.incr("shown")\n' + SENT),
        ],
        broken=[
            consumer("from redis.asyncio import Redis", "from redis import Redis"),
            consumer('await self.counts.incr("shown")', 'self.counts.incr("shown")'),
        ],
        severity="warning",
        at="counts.incr",
    ),
    Case(
        "P61 view",
        start=[(VIEWS, None, WRITES), ATOMIC],
        broken=[
            (
                VIEWS,
                'transaction.on_commit(lambda: async_to_sync(layer.group_send)("chat_lobby", event))',
                'async_to_sync(layer.group_send)("chat_lobby", event)',
            )
        ],
        severity="warning",
        at="group_send",
    ),
    Case(
        "P63 opening",
        start=PAGE,
        broken=[
            (
                SCRIPT,
                'button.addEventListener("click", () => socket.send("{}"));\n',
                "",
            ),
            (
                SCRIPT,
                '  log.textContent = "";\n',
                '  button.addEventListener("click", () => socket.send("{}"));\n',
            ),
        ],
        severity="warning",
        at="button.addEventListener",
    ),
    Case(
        "P71 claimed",
        start=[
            consumer(OWN_USER, ""),
            consumer("import json\n", WITH_USERS),
            consumer("    async def chat_message", FIND_USER),
            consumer(READS, KEEPS),
            consumer(
                SENDS, '        user = self.scope["user"]\n        self.last = user\n' + SENDS
            ),
        ],
        broken=[
            consumer('user = self.scope["user"]', 'user = await self.get_user(data["sender"])')
        ],
        severity="warning",
        at='data["sender"]',
    ),
    Case(
        "P71 inner",
        start=[
            consumer('"message": message}', '"message": message, "name": self.user.username}'),
            consumer(
                READS,
                '            data = json.loads(text_data)["data"]\n            message = data["text"]\n',
            ),
        ],
        broken=[
            consumer(
                'data = json.loads(text_data)["data"]\n            message = data["text"]',
                'data = json.loads(text_data)\n            message = data["data"]["text"]',
            ),
            consumer("self.user.username", 'data["data"]["name"]'),
        ],
        severity="warning",
        at='data["data"]["name"]',
    ),
    Case(
        "P71 type",
        start=[consumer(READS, KEEPS)],
        broken=[consumer('"type": "chat.message", "m', '"type": data["type"], "m')],
        severity="warning",
        at='data["type"]',
    ),
    Case(
        "P71 whole",
        start=[consumer(READS, KEEPS)],
        broken=[consumer('"message": message}', "**data}")],
        severity="warning",
        at="**data",
    ),
    Case(
        "P72 function",
        start=PAGE,
        broken=[(SCRIPT, "item.textContent = line", "item.innerHTML = line")],
        severity="warning",
        at="innerHTML",
    ),
]
