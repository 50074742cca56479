"""Django's handle on the app: starting it makes the room's name known and connects the signals."""

from django.apps import AppConfig
from django.urls import register_converter

from chat_app.converters import RoomNameConverter


class ChatAppConfig(AppConfig):
    name = "chat_app"

    def ready(self):
        from chat_app import signals  # noqa: F401

        register_converter(RoomNameConverter, "room_name")
