"""Django's configuration of the app.

A project that uses it puts `rooms` before `chat_app` into INSTALLED_APPS and includes `rooms.urls`.
The CHAT setting needs two more keys, JOIN_BURST and JOINS_PER_HOUR.
"""

from django.apps import AppConfig

from chat_app import plugins


class RoomsConfig(AppConfig):
    """The app's configuration."""

    name = "rooms"

    def ready(self):
        """Tell the chat what rooms are called, and who is banned from them."""
        from rooms import signals, titles  # noqa: F401
        from rooms.models import Ban

        plugins.room_titles += [titles.direct_title, titles.given_title]
        plugins.exclusions.append(Ban)
