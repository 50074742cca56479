from django.urls import path

from profiles import consumers

websocket_urlpatterns = [
    path("ws/me/", consumers.ProfileConsumer.as_asgi()),
]
