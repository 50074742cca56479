from django.urls import re_path

from .views import Index, Room

urlpatterns = [
    re_path(r"^$", Index.as_view(), name="index"),
    re_path(r"^chat/(?P<room_name>[-a-zA-Z0-9_]{1,80})/\Z", Room.as_view(), name="chat_room"),
]
