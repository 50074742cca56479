"""The URLs of a room's pages, in addition to chat_app's."""

from django.urls import path

from rooms import views

app_name = "rooms"

urlpatterns = [
    path("chat/<room_name:room_name>/people/", views.people, name="people"),
    path("chat/<room_name:room_name>/person/", views.person, name="person"),
    path("chat/<room_name:room_name>/person/write/", views.write_to, name="write_to"),
    path("chat/<room_name:room_name>/person/remove/", views.remove, name="remove"),
    path("chat/<room_name:room_name>/person/ban/", views.ban, name="ban"),
    path("chat/<room_name:room_name>/person/unban/", views.unban, name="unban"),
    path("chat/<room_name:room_name>/leave/", views.leave, name="leave"),
    path("chat/<room_name:room_name>/settings/", views.settings, name="settings"),
    path("chat/<room_name:room_name>/settings/invite/", views.invite, name="invite"),
    path("chat/<room_name:room_name>/settings/revoke/", views.revoke, name="revoke"),
    path("chat/<room_name:room_name>/settings/owner/", views.hand_over, name="hand_over"),
    path("chat/<room_name:room_name>/settings/delete/", views.delete, name="delete"),
    path("invitation/<str:token>/", views.join, name="join"),
]
