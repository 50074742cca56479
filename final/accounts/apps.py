"""Django's configuration of the app.

A project that uses it, beside chat_app, needs:

- "accounts" before "chat_app" in `INSTALLED_APPS`, because some of its templates extend those;
- its URLs before those of chat_app;
- in `CHAT`: MAIL_BURST, MAILS_PER_HOUR, MAILBOX_BURST and MAILBOX_MAILS_PER_HOUR for mail;
  ACCOUNT_BURST and ACCOUNT_REQUESTS_PER_HOUR for display names and copies of one's data;
- Django's settings for mail.
"""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The app's configuration."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
