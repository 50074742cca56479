"""The parts of the tables of broken projects: edits of the small healthy project.

A case without edits is broken by undoing the diff of the registry's fix. `start` makes
the base fit to be broken; `drive` says how to make the failure happen, where a visitor of the ASGI
application can; `at` is part of the line that the finding points to.
"""

from dataclasses import dataclass, field

SETTINGS = "chat_project/settings.py"
ASGI = "chat_project/asgi.py"
CONSUMERS = "chat_app/consumers.py"
ROUTING = "chat_app/routing.py"
VIEWS = "chat_app/views.py"
CORE = '"BACKEND": "channels_redis.core.RedisChannelLayer"'
PUBSUB = '"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer"'
HOSTS = '"hosts": [{"address": "redis://127.0.0.1:6379/0", "socket_timeout": None}]'
CONFIG = f'"CONFIG": {{\n            {HOSTS},\n        }},\n'
LAYER = f"        {CORE},\n        {CONFIG}"
MEMORY = '        "BACKEND": "channels.layers.InMemoryChannelLayer",\n'
PATTERN = "[-.a-zA-Z0-9_]{1,80}"
SYNC_CONSUMER = """\
from asgiref.sync import async_to_sync
from channels.generic.websocket import WebsocketConsumer


class ChatConsumer(WebsocketConsumer):
    def connect(self):
        async_to_sync(self.channel_layer.group_add)("lobby", self.channel_name)
        self.accept()

    def disconnect(self, code):
        async_to_sync(self.channel_layer.group_discard)("lobby", self.channel_name)

    def receive(self, text_data=None, bytes_data=None):
        event = {"type": "chat.message", "message": text_data or ""}
        async_to_sync(self.channel_layer.group_send)("lobby", event)

    def chat_message(self, event):
        self.send(text_data=event["message"])
"""
NOTIFY = """\
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.http import HttpResponse


def chat_room(request=None, room_name="lobby"):
    layer = get_channel_layer()
    async_to_sync(layer.group_send)("chat_lobby", {"type": "chat.message", "message": "hello"})
    return HttpResponse(room_name)
"""
TEXT = {"text": '{"message": "hello"}'}
SEND = {"frames": [TEXT], "wait": 3}
CONNECT = {}
LEAVE = {"leave": True, "wait": 3}
BINARY = {"binary": True, "wait": 3}
IMPORT = {"fresh": True}


@dataclass(frozen=True)
class Case:
    name: str
    start: list = field(default_factory=list)
    broken: list | None = None
    drive: dict | None = None
    severity: str = "error"
    at: str = ""

    @property
    def id(self):
        return self.name[:3]


def settings(old, new):
    return (SETTINGS, old, new)


def consumer(old, new):
    return (CONSUMERS, old, new)


QUIET = [settings("DEBUG = True", "DEBUG = False")]
IN_MEMORY = [settings(LAYER, MEMORY)]
SYNC = [(CONSUMERS, None, SYNC_CONSUMER)]
CONNECT_BODY = """\
        self.user = self.scope["user"]
        room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.group_name = f"chat_{room_name}"
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        await self.accept()
"""
ONLY_ACCEPTS = [
    consumer(CONNECT_BODY, "        await self.accept()\n"),
    consumer(
        "self.channel_layer.group_discard(self.group_name", 'self.channel_layer.group_discard("a"'
    ),
    consumer("self.channel_layer.group_send(self.group_name", 'self.channel_layer.group_send("a"'),
]
MODEL = [consumer("import json\n", "import json\n\nfrom django.contrib.auth.models import User\n")]
MODEL += [consumer("class ChatConsumer", "assert User\n\n\nclass ChatConsumer")]
ROUTING_FIRST = [
    (ASGI, "from chat_app.routing import websocket_urlpatterns\n\n", ""),
    (
        ASGI,
        "http_application = get",
        "from chat_app.routing import websocket_urlpatterns\n\nhttp_application = get",
    ),
]
WS_PART = """\
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
"""
KEYS = [
    settings(
        f"            {HOSTS},\n",
        f'            {HOSTS},\n            "symmetric_encryption_keys": [SECRET_KEY],\n',
    )
]
OTHER = """    "other": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": [{"address": "redis://127.0.0.1:6379/0", "socket_timeout": None}],
            "prefix": "other",
        },
    },
}
"""
TWO = [settings("        },\n    },\n}\n", "        },\n    },\n" + OTHER)]
