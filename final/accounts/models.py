"""The display names that are taken."""

from django.conf import settings
from django.db import models

from chat_app.names import MAX_PLAIN_LENGTH


class DisplayName(models.Model):
    """The plain form of a user's display name, so that no two names look alike.

    The name itself is in the user's `first_name`. The chat reads it from there with every message,
    so this table doesn't need a separate query.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    plain = models.CharField(max_length=MAX_PLAIN_LENGTH, unique=True)

    def __str__(self):
        return self.plain
