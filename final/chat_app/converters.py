"""The one rule for a room's name; pages and sockets use it, and the model says the same."""

from django.urls.converters import SlugConverter


class RoomNameConverter(SlugConverter):
    regex = "[-a-zA-Z0-9_]{1,80}"
