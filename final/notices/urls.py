"""The URL that tells a room's page who its messages mention."""

from django.urls import path

from notices import views

app_name = "notices"

urlpatterns = [path("chat/<room_name:room_name>/names/", views.names, name="names")]
