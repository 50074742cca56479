from django.urls import path

from metered import consumers

websocket_urlpatterns = [
    path("ws/echo/", consumers.MeteredConsumer.as_asgi()),
]
