"""The small healthy project that every broken one is made from, and how to change it."""

from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
README = SOURCE.parent / "README.md"
FILES = {}
FILES["manage.py"] = """\
import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
    execute_from_command_line(sys.argv)
"""
FILES["chat_project/__init__.py"] = ""
FILES["chat_project/settings.py"] = """\
SECRET_KEY = "for-the-tests-only-for-the-tests-only-for-the-tests-only"
DEBUG = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
INSTALLED_APPS = [
    "daphne",
    "channels",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "chat_app",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
]
ROOT_URLCONF = "chat_project.urls"
ASGI_APPLICATION = "chat_project.asgi.application"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": [{"address": "redis://127.0.0.1:6379/0", "socket_timeout": None}],
        },
    },
}
"""
FILES["chat_project/asgi.py"] = """\
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
http_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from chat_app.routing import websocket_urlpatterns

application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)
"""
FILES["chat_project/wsgi.py"] = """\
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
application = get_wsgi_application()
"""
FILES["chat_project/urls.py"] = """\
from django.urls import path

from chat_app import views

urlpatterns = [path("chat/<slug:room_name>/", views.chat_room)]
"""
FILES["chat_app/__init__.py"] = ""
FILES["chat_app/views.py"] = """\
from django.http import HttpResponse


def chat_room(request, room_name):
    return HttpResponse(room_name)
"""
FILES["chat_app/routing.py"] = """\
from django.urls import re_path

from chat_app.consumers import ChatConsumer

websocket_urlpatterns = [
    re_path(r"^ws/chat/(?P<room_name>[-.a-zA-Z0-9_]{1,80})/$", ChatConsumer.as_asgi()),
]
"""
FILES["chat_app/consumers.py"] = """\
import json

from channels.generic.websocket import AsyncWebsocketConsumer


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.user = self.scope["user"]
        room_name = self.scope["url_route"]["kwargs"]["room_name"]
        self.group_name = f"chat_{room_name}"
        await self.channel_layer.group_add(self.group_name, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group_name, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        try:
            message = json.loads(text_data)["message"]
        except (ValueError, KeyError, TypeError):
            await self.send(text_data=json.dumps({"error": "Send an object with a message."}))
            return
        event = {"type": "chat.message", "message": message}
        await self.channel_layer.group_send(self.group_name, event)

    async def chat_message(self, event):
        await self.send(text_data=json.dumps({"message": event["message"]}))
"""


def edited(files, edits):
    """Return `files` with each (file, old, new) of `edits` done; a new file has None as old."""
    changed = dict(files)
    for file, old, new in edits:
        if old is None:
            changed[file] = new
            continue
        assert changed[file].count(old) == 1, f"{file} holds {changed[file].count(old)} of {old!r}"
        changed[file] = changed[file].replace(old, new)
    return changed


def hunks(diff):
    """Return (file, before, after) for each hunk of a unified diff."""
    file, found = "", []
    for line in diff.splitlines(keepends=True):
        line = line if line.endswith("\n") else line + "\n"
        if line.startswith("+++ b/"):
            file = line.removeprefix("+++ b/").strip()
        elif line.startswith("@@"):
            found.append([file, "", ""])
        elif found:
            sign, rest = (line[0], line[1:]) if line.strip() else (" ", "\n")
            found[-1][1] += rest if sign in " -" else ""
            found[-1][2] += rest if sign in " +" else ""
    return [tuple(one) for one in found]


def backward(files, diff):
    """Return `files` as they were before `diff`."""
    return edited(files, [(file, after, before) for file, before, after in hunks(diff)])


def forward(files, diff):
    """Return `files` with `diff` applied."""
    return edited(files, hunks(diff))
