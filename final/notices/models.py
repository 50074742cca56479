"""Who was mentioned with an @, and where."""

from django.conf import settings
from django.db import models

from chat_app.models import Room


class Mention(models.Model):
    """The message number `seq` of a room mentions a member of the room."""

    room = models.ForeignKey(Room, models.CASCADE)
    seq = models.PositiveBigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "room", "seq"], name="one_mention_per_message")
        ]
        indexes = [models.Index(fields=["room", "seq"], name="mentions_by_message")]

    def __str__(self):
        return f"{self.user} in {self.room} {self.seq}"
