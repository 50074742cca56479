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
        """Subscribe to stored messages, to find out who they mention."""
        from notices.mentions import store_mentions

        plugins.stored.append(store_mentions)
