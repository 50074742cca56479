"""The doctor finds nothing in healthy projects, however they're written."""

import pytest
from base_project import FILES, edited
from cases import (
    ASGI,
    CONSUMERS,
    CORE,
    HOSTS,
    LAYER,
    MEMORY,
    NOTIFY,
    PATTERN,
    PUBSUB,
    QUIET,
    ROUTING,
    SETTINGS,
    SYNC,
    TWO,
    VIEWS,
    consumer,
    settings,
)  # fmt: skip

pytestmark = pytest.mark.slow

ENVIRON = f"""\
import environ

env = environ.Env()
CHANNEL_LAYERS = {{
    "default": {{
        {CORE},
        "CONFIG": {{
            "hosts": [
                {{
                    "address": env.str("REDIS_ADDRESS", "redis://127.0.0.1:6379/0"),
                    "socket_timeout": None,
                }}
            ],
        }},
    }},
}}
"""
ENTRY = FILES[SETTINGS][FILES[SETTINGS].index("CHANNEL_LAYERS") :]
SENTINEL = '"hosts": [{"sentinels": [("127.0.0.1", 26379)], "master_name": "main", "socket_timeout": None}]'  # noqa: E501
JSON_CONSUMER = """\
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.contrib.auth.models import User


class Greeter:
    async def greet(self):
        await self.accept()


class RoomConsumer(Greeter, AsyncJsonWebsocketConsumer):
    groups = ["everybody"]

    async def connect(self):
        self.user = self.scope["user"]
        if await self.may_enter():
            await self.greet()
        else:
            await self.close()

    @database_sync_to_async
    def may_enter(self):
        return User.objects.none().count() == 0

    @classmethod
    async def decode_json(cls, text_data):
        return {"text": text_data}

    async def receive_json(self, content, **kwargs):
        await self.channel_layer.group_send("everybody", {"type": "chat.message", **content})

    def chat_message(self, event):
        return self.send_json(event)


class ChatConsumer(RoomConsumer):
    pass
"""
TOKENS = """\
class TokenMiddleware:
    def __init__(self, inner):
        self.inner = inner

    async def __call__(self, scope, receive, send):
        return await self.inner({**scope, "user": "somebody"}, receive, send)
"""
WORKER = """\
from channels.consumer import AsyncConsumer
from channels.layers import get_channel_layer
from asgiref.sync import async_to_sync


class Thumbnails(AsyncConsumer):
    async def thumbnail_make(self, event):
        await self.channel_layer.send("done", {"type": "thumbnail.made"})

    async def thumbnail_made(self, event):
        pass


def request(pk):
    layer = get_channel_layer()
    event = {"type": "thumbnail.make"}
    event["pk"] = pk
    async_to_sync(layer.send)("thumbnails", event)


async def later(group):
    return get_channel_layer().group_send(group, {"type": "thumbnail.made"})
"""
HUB = """\
import asyncio

from channels.layers import get_channel_layer


async def listen(room):
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(room, channel)
    while True:
        event = await layer.receive(channel)
        print(event["items"])


async def send(room):
    event = {"type": "room.items", "items": []}
    task = asyncio.create_task(get_channel_layer().group_send(room, event))
    await asyncio.gather(task, get_channel_layer().group_send(room, event))
"""
OTHERS = """\
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from somewhere import ModelConsumer


class Rooms(ModelConsumer):
    async def room_changed(self, event, extra=None):
        pass


def changed():
    async_to_sync(get_channel_layer().group_send)("rooms", {"type": "room.changed"})
"""
BUS = """\
class Bus:
    def group_send(self, group, event):
        print(group, event)


layer = Bus()


def tell():
    layer.group_send("rooms", {"type": "whatever"})
"""
SPLIT = {
    **{name: text for name, text in FILES.items() if name != SETTINGS},
    "manage.py": FILES["manage.py"].replace("chat_project.settings", "chat_project.settings.dev"),
    ASGI: FILES[ASGI].replace("chat_project.settings", "chat_project.settings.dev"),
    "chat_project/settings/__init__.py": "",
    "chat_project/settings/base.py": FILES[SETTINGS].replace(ENTRY, ""),
    "chat_project/settings/dev.py": "from .base import *  # noqa\nfrom .layers import CHANNEL_LAYERS  # noqa\n",  # noqa: E501
    "chat_project/settings/layers.py": ENTRY,
}
VARIATIONS = {
    "the base": FILES,
    "settings in a package": SPLIT,
    "layers through django-environ": edited(FILES, [settings(ENTRY, ENVIRON)]),
    "hosts as dicts": edited(
        FILES,
        [
            settings(
                '"address": "redis://127.0.0.1:6379/0"',
                '"host": "127.0.0.1", "port": 6379, "db": 1',
            )
        ],
    ),
    "hosts as urls of pubsub": edited(
        FILES, [settings(CORE, PUBSUB), settings(HOSTS, '"hosts": ["redis://127.0.0.1:6379/0"]')]
    ),
    "hosts as pairs of pubsub": edited(
        FILES, [settings(CORE, PUBSUB), settings(HOSTS, '"hosts": [("127.0.0.1", 6379)]')]
    ),
    "two shards": edited(
        FILES,
        [
            settings(
                "None}],",
                'None}, {"address": "redis://127.0.0.1:6379/1", "socket_timeout": None}],',
            )
        ],
    ),
    "sentinels": edited(FILES, [settings(HOSTS, SENTINEL)]),
    "a unix socket": edited(
        FILES, [settings("redis://127.0.0.1:6379/0", "unix:///run/redis.sock")]
    ),
    "TLS with a quoted password": edited(
        FILES,
        [settings("redis://127.0.0.1:6379/0", "rediss://user:p%23w@redis.example.com:6380/0")],
    ),
    "two layers": edited(FILES, TWO),
    "core and pubsub beside each other": edited(
        FILES,
        [
            *TWO[:0],
            settings(
                "        },\n    },\n}\n",
                '        },\n    },\n    "events": {\n        '
                + PUBSUB
                + ',\n        "CONFIG": {"hosts": [("127.0.0.1", 6379)]},\n    },\n}\n',
            ),
        ],
    ),
    "every option of core": edited(
        FILES,
        [
            settings(
                "None}],\n",
                'None}],\n            "prefix": "x", "expiry": 9, "group_expiry": 99, "capacity": 9,\n            "channel_capacity": {"a*": 5}, "symmetric_encryption_keys": [SECRET_KEY],\n',  # noqa: E501
            )
        ],
    ),
    "in memory while DEBUG is on": edited(FILES, [settings(LAYER, MEMORY)]),
    "a test layer beside it": edited(
        FILES,
        [settings(LAYER, LAYER + '        "TEST_CONFIG": {"hosts": [("127.0.0.1", 6379)]},\n')],
    ),
    "in production": edited(FILES, QUIET),
    "in production behind nginx": edited(
        FILES,
        [
            *QUIET,
            settings('    "whitenoise.middleware.WhiteNoiseMiddleware",\n', ""),
            settings("STATIC_URL", 'STATIC_ROOT = "/srv/static"\nSTATIC_URL'),
        ],
    ),
    "apps by their configurations": edited(
        FILES, [settings('    "daphne",', '    "daphne.apps.DaphneConfig",')]
    ),
    "uvicorn without daphne": edited(
        {**FILES, "requirements.txt": "uvicorn[standard]\n"}, [settings('    "daphne",\n', "")]
    ),
    "synchronous consumers": edited(FILES, SYNC),
    "json consumers with a mixin": edited(FILES, [(CONSUMERS, None, JSON_CONSUMER)]),
    "a view that notifies": edited(FILES, [(VIEWS, None, NOTIFY)]),
    "a worker": {**FILES, "chat_app/workers.py": WORKER},
    "a hub that receives by itself": {**FILES, "chat_app/hub.py": HUB},
    "tokens instead of sessions": edited(
        {**FILES, "chat_app/tokens.py": TOKENS},
        [
            (ASGI, "AuthMiddlewareStack(URL", "TokenMiddleware(URL"),
            (
                ASGI,
                "from channels.auth import AuthMiddlewareStack\n",
                "from chat_app.tokens import TokenMiddleware\n",
            ),
        ],
    ),
    "names hashed into groups": edited(
        FILES,
        [
            (ROUTING, PATTERN, r"[-\w ]+"),
            consumer(
                'f"chat_{room_name}"', '"chat_" + hashlib.sha256(room_name.encode()).hexdigest()'
            ),
            consumer("import json\n", "import hashlib\nimport json\n"),
        ],
    ),
    "rooms by primary key": edited(
        FILES,
        [
            (
                ROUTING,
                're_path(r"^ws/chat/(?P<room_name>[-.a-zA-Z0-9_]{1,80})/$"',
                'path("ws/chat/<int:room_name>/"',
            ),
            (ROUTING, "import re_path", "import path"),
            ("chat_project/urls.py", "slug:", "int:"),
        ],
    ),
    "an unrelated page that takes more": edited(
        FILES,
        [
            (ROUTING, PATTERN, "[a-zA-Z0-9_]{1,80}"),
            ("chat_project/urls.py", "chat/<slug", "blog/<slug"),
        ],
    ),
    "pubsub with names of any script": edited(
        FILES, [settings(CORE, PUBSUB), (ROUTING, PATTERN, r"[-\w]+")]
    ),
    "nested routers": edited(
        FILES,
        [
            (ROUTING, "    re_path(", '    path("ws/", URLRouter([re_path('),
            (ROUTING, '"^ws/', '"^'),
            (ROUTING, "as_asgi()),", "as_asgi())])),"),
            (
                ROUTING,
                "from django.urls import re_path",
                "from channels.routing import URLRouter\nfrom django.urls import path, re_path",
            ),
        ],
    ),
    "sockets open to all, and no users": edited(
        FILES,
        [
            consumer('        self.user = self.scope["user"]\n', ""),
            (
                ASGI,
                "AllowedHostsOriginValidator(\n            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))\n        )",  # noqa: E501
                "URLRouter(websocket_urlpatterns)",
            ),
        ],
    ),
    "own origins": edited(
        FILES,
        [
            (
                ASGI,
                "AllowedHostsOriginValidator(\n            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))\n        )",  # noqa: E501
                'OriginValidator(\n            AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), ["https://chat.example.com:8443", ".example.org"]\n        )',  # noqa: E501
            ),
            (ASGI, "import AllowedHostsOriginValidator", "import OriginValidator"),
        ],
    ),
    "an address with a port": edited(
        FILES,
        [
            (
                ASGI,
                "AllowedHostsOriginValidator(\n            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))\n        )",  # noqa: E501
                'OriginValidator(\n            AuthMiddlewareStack(URLRouter(websocket_urlpatterns)), ["192.168.1.20:8000"]\n        )',  # noqa: E501
            ),
            (ASGI, "import AllowedHostsOriginValidator", "import OriginValidator"),
        ],
    ),
    "a handler for each, with super": edited(
        FILES, [consumer("        await self.accept()\n", "        await super().connect()\n")]
    ),
    "accepting by exception": edited(
        FILES,
        [
            consumer("        await self.accept()\n", "        raise AcceptConnection\n"),
            consumer(
                "import json\n", "import json\n\nfrom channels.exceptions import AcceptConnection\n"
            ),
        ],
    ),
    "handlers in a class that is not known": {**FILES, "chat_app/others.py": OTHERS},
    "its own synchronous layer": {**FILES, "chat_app/bus.py": BUS},
    "a helper that is called like a handler": edited(
        FILES,
        [
            consumer(
                "        await self.accept()\n",
                "        await self.accept()\n        self.greet('x', 1)\n",
            ),
            consumer(
                "    async def disconnect",
                "    def greet(self, name, count):\n        pass\n\n    async def disconnect",
            ),
            (VIEWS, None, NOTIFY.replace("chat.message", "greet")),
        ],
    ),
    "its own send": edited(
        FILES,
        [
            consumer(
                "        await self.accept()\n",
                "        await self.accept()\n        self.close()\n",
            ),
            consumer(
                "    async def disconnect",
                "    def close(self, code=None):\n        self.closing = True\n\n    async def disconnect",  # noqa: E501
            ),
        ],
    ),
    "broken tests and old environments": {
        **FILES,
        "chat_app/tests/test_x.py": "layer.group_send('a', {})\n",
        "old/pyvenv.cfg": "",
        "old/x.py": "get_channel_layer().group_send('a b', {})\n",
    },
}


def told(found):
    return found.troubles, [(one.id, one.what, str(one.place)) for one in found.findings]


@pytest.mark.parametrize("name", VARIATIONS)
def test_nothing_is_found_in_a_healthy_project_with(name, examined):
    assert told(examined(VARIATIONS[name])) == ([], [])


LIBRARY = """\
function Reconnecting(url, protocols) {
  this.open = () => new WebSocket(url, protocols || []);
}
"""


def test_a_subprotocol_that_a_page_may_be_given_is_none(examined):
    assert told(examined({**FILES, "chat_app/static/library.js": LIBRARY})) == ([], [])
