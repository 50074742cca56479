"""Which consumer handles a socket's URL. All other URLs are refused."""

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from chat_app.consumers import ChatConsumer

websocket_urlpatterns = [
    path("ws/chat/<room_name:room_name>/", ChatConsumer.as_asgi()),
    re_path("", WebsocketDenier.as_asgi()),
]
