"""The table of broken projects: each is the base project, broken in one way only."""

from base_project import FILES, backward, edited
from case_parts import (  # noqa: F401
    ASGI,
    BINARY,
    CONFIG,
    CONNECT,
    CONNECT_BODY,
    CONSUMERS,
    CORE,
    HOSTS,
    IMPORT,
    IN_MEMORY,
    KEYS,
    LAYER,
    LEAVE,
    MEMORY,
    MODEL,
    NOTIFY,
    ONLY_ACCEPTS,
    OTHER,
    PATTERN,
    PUBSUB,
    QUIET,
    ROUTING,
    ROUTING_FIRST,
    SEND,
    SETTINGS,
    SYNC,
    SYNC_CONSUMER,
    TEXT,
    TWO,
    VIEWS,
    WS_PART,
    Case,
    consumer,
    settings,
)
from cases_of_flow import OF_THE_FLOW
from cases_of_trust import OF_TRUST

from channels_doctor import pitfalls

TEMPLATE = ("chat_app/templates/chat.html", None, "<p>Hello</p>\n")
CASES = [
    Case("P01", at="hosts"),
    Case("P01 url", broken=[settings(HOSTS, '"hosts": ["redis://127.0.0.1:6379/0"]')], at="hosts"),
    Case("P01 short", broken=[settings("None}]", "3}]")], at="hosts"),
    Case("P02", at="INSTALLED_APPS"),
    Case("P03", at='"daphne"'),
    Case("P04", drive=CONNECT, at="BACKEND"),
    Case("P04 misspelt", broken=[settings(CORE, CORE.replace("Layer", "Layr"))], drive=CONNECT),
    Case("P04 module", broken=[settings(CORE, '"BACKEND": "channels_redis.core"')], drive=CONNECT),
    Case("P04 none", broken=[settings(f"        {CORE},\n", "")], drive=CONNECT),
    Case("P05", drive=CONNECT, severity="warning", at="hosts"),
    Case("P06", severity="warning", at="hosts"),
    Case("P07", drive=CONNECT, at="CHANNEL_LAYER"),
    Case(
        "P07 case",
        broken=[settings('    "default": {\n        "BACK', '    "Default": {\n        "BACK')],
        drive=CONNECT,
    ),
    Case(
        "P07 flat",
        broken=[
            settings(LAYER, ""),
            settings('    "default": {\n    },\n', LAYER.replace("        ", "    ")),
        ],
        drive=CONNECT,
    ),
    Case("P07 unset", broken=[settings("CHANNEL_LAYERS = {", "OTHER = {")], drive=CONNECT),
    Case(
        "P07 groups",
        broken=[
            settings("CHANNEL_LAYERS = {", "CHANNEL_LAYER = {"),
            *ONLY_ACCEPTS[:1],
            consumer(
                "    async def connect(self):\n",
                '    groups = ["lobby"]\n\n    async def connect(self):\n',
            ),
            consumer(
                "        await self.channel_layer.group_discard(self.group_name, self.channel_name)\n",  # noqa: E501
                "        pass\n",
            ),
            consumer(
                "        await self.channel_layer.group_send(self.group_name, event)\n",
                "        await self.send(text_data=str(event))\n",
            ),
        ],
        drive=CONNECT,
    ),
    Case("P08", drive=CONNECT, at="hosts"),
    Case("P08 flat", broken=[settings(HOSTS, '"hosts": ("127.0.0.1", 6379)')], at="hosts"),
    Case("P08 scheme", broken=[settings(HOSTS, '"hosts": ["127.0.0.1:6379"]')], drive=CONNECT),
    Case(
        "P08 dict",
        broken=[
            settings(
                f"{HOSTS}",
                '"hosts": {"address": "redis://127.0.0.1:6379/0", "socket_timeout": None}',
            )
        ],
        drive=CONNECT,
    ),
    Case(
        "P08 pubsub",
        start=[settings(CORE, PUBSUB)],
        broken=[settings(HOSTS, '"hosts": "redis://127.0.0.1:6379/0"')],
        drive=CONNECT,
    ),
    Case("P09", at="OPTIONS"),
    Case("P09 beside", broken=[settings(CONFIG, f"{HOSTS},\n")], at="hosts"),
    Case("P10", drive=CONNECT, at="LOCATION"),
    Case(
        "P10 password",
        broken=[settings(f"{HOSTS},", f'{HOSTS},\n            "password": "very-secret",')],
        drive=CONNECT,
        at="password",
    ),
    Case(
        "P10 memory",
        start=IN_MEMORY,
        broken=[settings(MEMORY, MEMORY + '        "CONFIG": {"hosts": [("127.0.0.1", 6379)]},\n')],
        drive=CONNECT,
    ),
    Case(
        "P10 host",
        broken=[
            settings(
                '{"address": "redis://127.0.0.1:6379/0", "socket', '{"HOST": "127.0.0.1", "socket'
            )
        ],
        drive=CONNECT,
    ),
    Case(
        "P10 pubsub",
        start=[settings(CORE, PUBSUB)],
        broken=[settings(f"{HOSTS},", f'{HOSTS},\n            "capacity": 1000,')],
        severity="warning",
        at="capacity",
    ),
    Case("P11", start=QUIET, severity="warning", at="BACKEND"),
    Case("P15", drive=CONNECT, at="re_path"),
    Case(
        "P15 path",
        broken=[
            (
                ROUTING,
                're_path(r"^ws/chat/(?P<room_name>[-.a-zA-Z0-9_]{1,80})/$"',
                'path("/ws/chat/<slug:room_name>/"',
            ),
            (ROUTING, "import re_path", "import path"),
        ],
        drive=CONNECT,
    ),
    Case(
        "P15 hyphen",
        broken=[(ROUTING, PATTERN, "[a-zA-Z0-9_]{1,80}")],
        drive={"path": "/ws/chat/my-room/"},
        severity="warning",
    ),
    Case(
        "P15 nested",
        broken=[
            (ROUTING, "    re_path(", '    re_path(r"^/ws/", URLRouter([re_path('),
            (ROUTING, '"^ws/', '"^'),
            (ROUTING, "as_asgi()),", "as_asgi())])),"),
            (ROUTING, "from django", "from channels.routing import URLRouter\nfrom django"),
        ],
        drive=CONNECT,
    ),
    Case("P16", drive=CONNECT, at="ChatConsumer"),
    Case("P16 call", broken=[(ROUTING, ".as_asgi()", ".as_asgi")], drive=CONNECT),
    Case(
        "P16 direct",
        broken=[
            (
                ASGI,
                "AuthMiddlewareStack(URLRouter(websocket_urlpatterns))",
                "AuthMiddlewareStack(ChatConsumer)",
            ),
            (
                ASGI,
                "from chat_app.routing import websocket_urlpatterns",
                "from chat_app.consumers import ChatConsumer",
            ),
        ],
        drive=CONNECT,
    ),
    Case("P17", drive=CONNECT, at="websockets"),
    Case("P17 missing", broken=[(ASGI, WS_PART, "")], drive=CONNECT),
    Case(
        "P17 stock",
        broken=[
            (
                ASGI,
                None,
                'import os\n\nfrom django.core.asgi import get_asgi_application\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")\napplication = get_asgi_application()\n',  # noqa: E501
            )
        ],
        drive=CONNECT,
    ),
    Case("P18", at="ASGI_APPLICATION"),
    Case("P18 name", broken=[settings("asgi.application", "asgi.app")]),
    Case(
        "P18 unset", broken=[settings('ASGI_APPLICATION = "chat_project.asgi.application"\n', "")]
    ),
    Case("P18 dotless", broken=[settings('"chat_project.asgi.application"', '"asgi"')]),
    Case(
        "P18 wsgi",
        broken=[settings("asgi.application", "wsgi.application")],
        drive={"application": "chat_project.wsgi.application"},
    ),
    Case("P19", start=MODEL, drive=IMPORT, at="chat_app.routing"),
    Case("P19 apps", start=MODEL, broken=ROUTING_FIRST, drive=IMPORT, at="chat_app.routing"),
    Case("P20", drive={"wait": 1, "warned": True}, at="group_add"),
    Case(
        "P20 view",
        start=[(VIEWS, None, NOTIFY)],
        broken=[(VIEWS, "async_to_sync(layer.group_send)(", "layer.group_send(")],
        drive={"run": "chat_app.views.chat_room", "warned": True, "settings_first": True},
        at="layer.group_send",
    ),
    Case(
        "P20 pubsub",
        start=[settings(CORE, PUBSUB), (VIEWS, None, NOTIFY)],
        broken=[(VIEWS, "async_to_sync(layer.group_send)(", "layer.group_send(")],
        drive={"run": "chat_app.views.chat_room", "warned": True, "settings_first": True},
    ),
    Case(
        "P20 send",
        broken=[
            consumer(
                'await self.send(text_data=json.dumps({"message"',
                'self.send(text_data=json.dumps({"message"',
            )
        ],
        drive={**SEND, "wait": 1, "warned": True},
    ),
    Case(
        "P20 sync",
        start=SYNC,
        broken=[
            consumer("    def receive", "    async def receive"),
            consumer(
                "        async_to_sync(self.channel_layer.group_send)",
                "        await self.channel_layer.group_send",
            ),
        ],
        drive={**SEND, "wait": 1, "warned": True},
    ),
    Case(
        "P21",
        start=[
            consumer("import json\n", "import json\n\nfrom asgiref.sync import async_to_sync\n")
        ],
        drive=SEND,
    ),
    Case("P22", start=ONLY_ACCEPTS, drive=CONNECT, at="def connect"),
    Case(
        "P22 handler",
        start=[
            consumer(
                '        await self.send(text_data=json.dumps({"message": event["message"]}))\n',
                '        self.last = event["message"]\n',
            )
        ],
        broken=[consumer("    async def chat_message", "    def chat_message")],
        drive=SEND,
    ),
    Case("P23", drive={"patience": 1, "silent": True}, at="self.accept"),
    Case(
        "P23 missing",
        broken=[consumer("        await self.accept()\n", "")],
        drive={"patience": 1, "silent": True},
        at="def connect",
    ),
    Case(
        "P23 sync",
        start=SYNC,
        broken=[
            consumer("    def connect", "    async def connect"),
            consumer(
                "        async_to_sync(self.channel_layer.group_add)",
                "        await self.channel_layer.group_add",
            ),
        ],
        drive={"patience": 1, "silent": True},
    ),
    Case("P24", drive=SEND, at="chat_mesage"),
    Case("P24 hyphen", broken=[consumer('"chat.message"', '"chat-message"')], drive=SEND),
    Case("P24 missing", broken=[consumer('{"type": "chat.message", ', "{")], drive=SEND),
    Case("P24 underscore", broken=[consumer('"chat.message"', '"_message"')], drive=SEND),
    Case("P25", drive={"path": "/ws/chat/café/"}, severity="warning", at="re_path"),
    Case(
        "P25 percent",
        start=[consumer('f"chat_{room_name}"', '"chat_%s" % room_name')],
        broken=[(ROUTING, PATTERN, r"[-\w]+")],
        drive={"path": "/ws/chat/комната/"},
        severity="warning",
    ),
    Case("P25 colon", broken=[consumer('f"chat_{', 'f"chat:{')], drive=CONNECT, at="chat:"),
    Case(
        "P28", start=[settings(LAYER, MEMORY + '        "CONFIG": {"capacity": 5},\n')], drive=SEND
    ),
    Case(
        "P30",
        drive={"frames": [{"text": "not json"}], "wait": 3},
        severity="note",
        at="json.loads",
    ),
    Case("P32", drive=LEAVE, at="def disconnect"),
    Case(
        "P32 binary",
        broken=[
            consumer("receive(self, text_data=None, bytes_data=None)", "receive(self, text_data)")
        ],
        drive=BINARY,
        severity="note",
    ),
    Case(
        "P32 other",
        broken=[
            consumer(
                "receive(self, text_data=None, bytes_data=None)", "receive(self, bytes_data=None)"
            ),
            consumer("json.loads(text_data)", "json.loads(bytes_data)"),
        ],
        drive=SEND,
    ),
    Case(
        "P32 required",
        broken=[consumer("text_data=None, bytes_data=None", "text_data, bytes_data")],
        drive=SEND,
    ),
    Case(
        "P32 handler",
        broken=[
            consumer("chat_message(self, event)", "chat_message(self)"),
            consumer('event["message"]', '"hello"'),
        ],
        drive=SEND,
    ),
    Case("P35", drive=CONNECT, at='scope["user"]'),
    Case(
        "P35 session",
        broken=[
            (ASGI, "AuthMiddlewareStack(URL", "AuthMiddleware(URL"),
            (ASGI, "import AuthMiddlewareStack", "import AuthMiddleware"),
        ],
        drive=CONNECT,
    ),
    Case(
        "P35 key",
        start=[consumer('self.user = self.scope["user"]', 'self.key = self.scope["session"]')],
        broken=[
            (
                ASGI,
                "AuthMiddlewareStack(URLRouter(websocket_urlpatterns))",
                "URLRouter(websocket_urlpatterns)",
            ),
            (ASGI, "from channels.auth import AuthMiddlewareStack\n", ""),
        ],
        drive=CONNECT,
    ),
    Case("P37", severity="error", drive={"refused": True, "leave": True}, at="ALLOWED_HOSTS"),
    Case(
        "P37 one",
        broken=[settings('["localhost", ', '["localhost:8000", ')],
        severity="warning",
        drive={"refused": True, "leave": True},
    ),
    Case(
        "P37 empty",
        start=QUIET,
        broken=[settings('["localhost", "127.0.0.1"]', "[]")],
        drive={"refused": True, "leave": True},
    ),
    Case(
        "P37 none",
        broken=[
            (
                ASGI,
                "AllowedHostsOriginValidator(\n            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))\n        )",  # noqa: E501
                "AuthMiddlewareStack(URLRouter(websocket_urlpatterns))",
            )
        ],
        severity="warning",
        drive={"origin": "http://evil.example", "accepted": True, "wait": 1},
    ),
    Case(
        "P42",
        start=[
            settings(CORE, PUBSUB),
            settings("6379/0", "6379/1"),
            settings("None}],\n", 'None}],\n            "prefix": "chat",\n'),
        ],
        severity="note",
        at="hosts",
    ),
    Case(
        "P42 two",
        start=TWO,
        broken=[settings('            "prefix": "other",\n', "")],
        severity="note",
    ),
    Case("P92 escape", broken=[settings("redis://127", "redis://:very#secret@127")], at="hosts"),
    Case("P47", start=KEYS, drive=CONNECT, at="symmetric"),
    Case("P49", start=[*QUIET, TEMPLATE], severity="warning", at="STATIC_URL"),
]
CASES += OF_THE_FLOW
CASES += OF_TRUST
BY_NAME = {case.name: case for case in CASES}
assert len(BY_NAME) == len(CASES)


def fixed(case):
    """Return the files of the case's project as they should be."""
    return edited(FILES, case.start)


def broken(case):
    """Return the files of the case's project with its one fault."""
    if case.broken is None:
        return backward(fixed(case), pitfalls.find(case.id).fix.diff)
    return edited(fixed(case), case.broken)
