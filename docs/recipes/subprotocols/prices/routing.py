from django.urls import path

from prices import consumers

websocket_urlpatterns = [
    path("ws/prices/", consumers.PriceConsumer.as_asgi()),
]
