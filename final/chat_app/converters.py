"""The one rule for a room's name; pages and sockets use it, and the model says the same."""

from django.urls.converters import SlugConverter


class RoomNameConverter(SlugConverter):
    """A slug of at most 80 characters, as `<room_name:…>` in a URL pattern."""

    regex = "[-a-zA-Z0-9_]{1,80}"
