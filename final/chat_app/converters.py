"""The rule for room names in the URLs of pages and sockets. The model has the same one."""

from django.urls.converters import SlugConverter


class RoomNameConverter(SlugConverter):
    """A slug of at most 80 characters, as `<room_name:…>` in a URL pattern."""

    regex = "[-a-zA-Z0-9_]{1,80}"
