from django.contrib.auth.decorators import login_required
from django.urls import include, path

from . import views

urlpatterns = [
    path("", login_required(views.index), name="index"),
    path("accounts/signup/", views.signup, name="signup"),
    path("accounts/", include("django.contrib.auth.urls")),
    path("chat/<room_name:room_name>/", login_required(views.chat_room), name="chat_room"),
]
