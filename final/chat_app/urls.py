"""The URLs of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from chat_app import views

urlpatterns = [
    path("", views.index, name="index"),
    path("accounts/signup/", views.SignUp.as_view(), name="signup"),
    path("accounts/login/", views.LogIn.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("accounts/password/", views.ChangePassword.as_view(), name="password_change"),
    path("rooms/", views.room_list, name="room_list"),
    path("chat/<room_name:room_name>/", views.chat_room, name="chat_room"),
    path("chat/<room_name:room_name>/messages/", views.history, name="history"),
    path("chat/<room_name:room_name>/members/", views.members, name="members"),
    path("chat/<room_name:room_name>/rooms/", views.sidebar_rooms, name="sidebar_rooms"),
    path("healthz", views.healthz),
    path("readyz", views.readyz),
]
