"""Django's configuration of the app.

A project that uses it puts `search` into INSTALLED_APPS before `chat_app`, and also before `rooms`
if it has that, and includes `search.urls`. The CHAT setting needs two more keys, SEARCH_BURST and
SEARCHES_PER_MINUTE. To remove the app again, run `migrate search zero` first.
"""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class SearchConfig(AppConfig):
    """The app's configuration."""

    name = "search"

    def ready(self):
        """Repair the index after every migration that may have changed the chat's tables."""
        from search import index

        post_migrate.connect(index.repair, sender=apps.get_app_config("chat_app"))
