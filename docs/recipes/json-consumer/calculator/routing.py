from django.urls import path

from calculator import consumers

websocket_urlpatterns = [
    path("ws/sum/", consumers.SumConsumer.as_asgi()),
]
