from django.urls import re_path

from . import consumers

websocket_urlpatterns = [
    re_path(r"^ws/chat/(?P<name>[A-Za-z0-9_-]{1,80})/\Z", consumers.ChatConsumer.as_asgi()),
]
