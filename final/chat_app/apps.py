"""Django's configuration of the app.

A project that uses the app needs these settings:

- `AUTH_USER_MODEL = "chat_app.User"`, before its first migration;
- `CHANNEL_LAYERS`, and `REDIS_URL`: the presence store for several processes, or "" for one;
- `CHAT`, a dict: MESSAGE_BURST, MESSAGES_PER_SECOND, USER_SOCKETS and UNCONFIRMED_MESSAGES for
  sockets; BEAT_SECONDS, LEASE_SECONDS and GRACE_SECONDS for presence; ROOM_BURST, ROOMS_PER_HOUR,
  SIGNUP_BURST, SIGNUPS_PER_MINUTE, LOGIN_BURST and LOGINS_PER_MINUTE for forms;
- a `SESSION_ENGINE` that stores sessions in the database, as Django's default does.
"""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.checks import Error, register
from django.urls import register_converter

from chat_app.converters import RoomNameConverter


class ChatAppConfig(AppConfig):
    """The app's configuration."""

    name = "chat_app"

    def ready(self):
        """Connect the signals, and register the URL converter for room names."""
        from chat_app import signals  # noqa: F401

        register_converter(RoomNameConverter, "room_name")
        register(check_session_engine)


def check_session_engine(app_configs, **kwargs):
    """Return an error unless sessions are stored in the database, where rights.py looks them up."""
    engine = import_module(settings.SESSION_ENGINE)
    if issubclass(engine.SessionStore, SessionStore):
        return []
    message = (
        f"SESSION_ENGINE is {settings.SESSION_ENGINE!r}: sockets wouldn't find their sessions."
    )
    hint = "Use django.contrib.sessions.backends.db or cached_db."
    return [Error(message, hint=hint, id="chat_app.E001")]
