"""Django's configuration of the app.

In addition to chat_app, a project that uses it needs:

- "accounts" before "chat_app" in `INSTALLED_APPS`, because it extends some of chat_app's templates;
- its URLs before those of chat_app;
- in `CHAT`: MAIL_BURST, MAILS_PER_HOUR, MAILBOX_BURST and MAILBOX_MAILS_PER_HOUR for mail;
  ACCOUNT_BURST and ACCOUNT_REQUESTS_PER_HOUR for display names and data exports;
- Django's settings for mail.
"""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app's configuration."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
