from django.urls import path

from chat_app import views

urlpatterns = [
    path("", views.index, name="index"),
    path("chat/<room_name:room_name>/", views.chat_room, name="chat_room"),
]
