from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from chat_app import views

urlpatterns = [
    path("", views.index, name="index"),
    path("accounts/signup/", views.SignUp.as_view(), name="signup"),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("chat/<room_name:room_name>/", views.chat_room, name="chat_room"),
    path("chat/<room_name:room_name>/messages/", views.history, name="history"),
    path("chat/<room_name:room_name>/members/", views.members, name="members"),
]
