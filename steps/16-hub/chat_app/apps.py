from django.apps import AppConfig
from django.urls import register_converter

from chat_app.converters import RoomNameConverter


class ChatAppConfig(AppConfig):
    name = "chat_app"

    def ready(self):
        register_converter(RoomNameConverter, "room_name")
        from chat_app import signals  # noqa: F401  # they need the models, which are loaded now
