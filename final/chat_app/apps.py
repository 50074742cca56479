"""Django's configuration of the app.

A project that uses the app needs these settings:

- `AUTH_USER_MODEL = "chat_app.User"`, before its first migration;
- `CHANNEL_LAYERS`, and `REDIS_URL`: where presence is kept for several processes, or "" for one;
- `CHAT`, a dict: MESSAGE_BURST, MESSAGES_PER_SECOND, USER_SOCKETS and UNSEEN_MESSAGES for sockets;
  BEAT_SECONDS, LEASE_SECONDS and GRACE_SECONDS for presence; ROOM_BURST, ROOMS_PER_HOUR,
  SIGNUP_BURST, SIGNUPS_PER_MINUTE, LOGIN_BURST and LOGINS_PER_MINUTE for forms.
"""

from django.apps import AppConfig
from django.urls import register_converter

from chat_app.converters import RoomNameConverter


class ChatAppConfig(AppConfig):
    """The app's configuration."""

    name = "chat_app"

    def ready(self):
        """Connect the signals, and let URL patterns use the room's name."""
        from chat_app import signals  # noqa: F401

        register_converter(RoomNameConverter, "room_name")
