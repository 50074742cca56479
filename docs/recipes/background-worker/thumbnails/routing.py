from django.urls import path

from thumbnails import consumers

websocket_urlpatterns = [
    path("ws/thumbnails/", consumers.ThumbnailConsumer.as_asgi()),
]
