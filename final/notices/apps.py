"""Django's configuration of the app.

A project that uses it puts `notices` before `chat_app` and `accounts` into INSTALLED_APPS, includes
`notices.urls`, and adds `notices.routing` to the routes of its sockets.
"""

from django.apps import AppConfig

from chat_app import plugins


class NoticesConfig(AppConfig):
    """The app's configuration."""

    name = "notices"

    def ready(self):
        """Hear of each message that is stored, to find out who is named in it."""
        from notices.mentions import store_mentions

        plugins.stored.append(store_mentions)
