from django.urls import path

from guestbook import consumers

websocket_urlpatterns = [
    path("ws/guestbook/", consumers.GuestbookConsumer.as_asgi()),
]
