from django.urls import path

from rooms import consumers

websocket_urlpatterns = [
    path("ws/rooms/<slug:room_name>/", consumers.RoomConsumer.as_asgi()),
]
