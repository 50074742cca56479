from django.urls import path

from chat_app.consumers import ChatConsumer

consumer = ChatConsumer.as_asgi()
websocket_urlpatterns = [path("ws/chat/<path:anything>/", consumer)]
