"""The URLs of the pages, in addition to chat_app's."""

from django.urls import path

from moderation import views

app_name = "moderation"

urlpatterns = [
    path("chat/<room_name:room_name>/messages/<int:seq>/report/", views.report, name="report"),
    path("chat/<room_name:room_name>/messages/<int:seq>/mute/", views.mute, name="mute"),
    path("mutes/", views.mutes, name="mutes"),
    path("mutes/end/", views.unmute, name="unmute"),
]
