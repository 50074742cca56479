"""Django's configuration of the app.

A project that uses it puts `moderation` into INSTALLED_APPS before `chat_app`, and also before
`rooms` and `accounts` if it has them, and includes `moderation.urls`. The CHAT setting needs two
more keys, REPORT_BURST and REPORTS_PER_HOUR. Reports are handled in Django's admin.
"""

from django.apps import AppConfig, apps


class ModerationConfig(AppConfig):
    """The app's configuration."""

    name = "moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Connect the signal, and extend the data export of `accounts`."""
        from moderation import signals  # noqa: F401

        if apps.is_installed("accounts"):
            from accounts import export
            from moderation.export import read_mutes, read_reports

            export.sections += [("mutes", read_mutes), ("reports", read_reports)]
