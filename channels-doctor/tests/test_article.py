"""The tutorial app that many people start from: one run finds all its faults."""

import sys

import pytest
from base_project import FILES
from cases import ASGI, CONSUMERS, ROUTING, SETTINGS

from channels_doctor import project
from channels_doctor.examination import examine

ARTICLE = {
    "manage.py": FILES["manage.py"],
    "chat_project/__init__.py": "",
    "chat_app/__init__.py": "",
    SETTINGS: """\
SECRET_KEY = "for-the-tests-only-for-the-tests-only-for-the-tests-only"
DEBUG = True
ALLOWED_HOSTS = []
INSTALLED_APPS = [
    'channels',
    'chat_app',
    'django.contrib.admin',
    'django.contrib.auth',
    'django.contrib.contenttypes',
    'django.contrib.sessions',
    'django.contrib.messages',
    'django.contrib.staticfiles',
]
MIDDLEWARE = []
ROOT_URLCONF = 'chat_project.urls'
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True}]
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}
STATIC_URL = 'static/'
ASGI_APPLICATION = 'chat_project.asgi.application'
CHANNEL_LAYERS = {
    'default': {
        'BACKEND': 'channels_redis.core.RedisChannelLayer',
        'CONFIG': {
            'hosts': [('127.0.0.1', 1)],
        },
    },
}
""",
    ASGI: """\
import os
from django.core.asgi import get_asgi_application
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.auth import AuthMiddlewareStack
from chat_app.routing import websocket_urlpatterns

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'chat_project.settings')

application = ProtocolTypeRouter({
    'http': get_asgi_application(),
    'websocket': AuthMiddlewareStack(URLRouter(websocket_urlpatterns)),
})
""",
    "chat_project/urls.py": """\
from django.urls import include, path

urlpatterns = [path('chat/', include('chat_app.urls'))]
""",
    "chat_app/urls.py": """\
from django.urls import path
from . import views

urlpatterns = [path('<str:room_name>/', views.room)]
""",
    "chat_app/views.py": """\
from django.shortcuts import render


def room(request, room_name):
    return render(request, 'chat_app/room.html', {'room_name': room_name})
""",
    ROUTING: r"""
from django.urls import re_path
from . import consumers

websocket_urlpatterns = [
    re_path(r'ws/chat/(?P<room_name>\w+)/$', consumers.ChatConsumer.as_asgi()),
]
""",
    CONSUMERS: """\
import json
from channels.generic.websocket import AsyncWebsocketConsumer


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.room_name = self.scope['url_route']['kwargs']['room_name']
        self.room_group_name = 'chat_%s' % self.room_name
        await self.channel_layer.group_add(self.room_group_name, self.channel_name)
        await self.accept()

    async def disconnect(self, close_code):
        await self.channel_layer.group_discard(self.room_group_name, self.channel_name)

    async def receive(self, text_data):
        text_data_json = json.loads(text_data)
        message = text_data_json['message']
        event = {'type': 'chat_message', 'message': message}
        await self.channel_layer.group_send(self.room_group_name, event)

    async def chat_message(self, event):
        await self.send(text_data=json.dumps({'message': event['message']}))
""",
}


def test_all_of_its_faults_are_found_in_one_call_the_most_urgent_first(projects, warm):
    found = examine(project.find(str(projects(ARTICLE))), ask=warm.ask)
    assert found.troubles == []
    ids = [one.id for one in found.findings]
    assert ids == ["P02", "P01", "P05", "P15", "P25", "P32", "P30"]
    severities = [finding.severity for finding in found.findings]
    assert severities == ["error"] * 2 + ["warning"] * 3 + ["note"] * 2


def test_with_daphne_at_the_end_that_is_found_first(projects, warm):
    late = ARTICLE[SETTINGS].replace("staticfiles',\n", "staticfiles',\n    'daphne',\n")
    found = examine(project.find(str(projects({**ARTICLE, SETTINGS: late}))), ask=warm.ask)
    assert [one.id for one in found.findings][:2] == ["P03", "P01"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows links no files.")
def test_installed_as_it_says_all_of_its_faults_are_found_in_one_call(projects, python_without):
    """`pip install django channels redis` brings neither channels_redis nor daphne."""
    python = python_without("channels_redis", "daphne", "uvicorn", "websockets")
    found = examine(project.find(str(projects(ARTICLE)), python=str(python)))
    ids = [one.id for one in found.findings]
    assert ids == ["P02", "P04", "P01", "P05", "P15", "P25", "P32", "P30"]
    assert "pip install daphne" in found.findings[0].fix
    assert "pip install channels_redis" in found.findings[1].fix
