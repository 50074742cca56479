"""What this app adds to a room: a title, a topic, invitations, bans and direct rooms."""

import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from chat_app.models import Room

signer = Signer(sep=".", salt="rooms.invitation")


class RoomDetails(models.Model):
    """A room's title, or "" if the name is enough, and its topic.

    The name stays the same, because it's in the room's URL. So links, open pages, and messages that
    wait in browsers aren't affected by a new title.
    """

    room = models.OneToOneField(Room, models.CASCADE, related_name="details")
    title = models.CharField(max_length=80, blank=True)
    topic = models.CharField(max_length=250, blank=True)

    class Meta:
        verbose_name_plural = "room details"

    def __str__(self):
        return self.title or self.room.name


class DirectRoom(models.Model):
    """A private room of two people, who have only one such room.

    `first` is the one with the lower id, so each pair has a single order. If one of them is
    deleted, their field is NULL and the other one may find the room empty.
    """

    room = models.OneToOneField(Room, models.CASCADE, related_name="direct")
    first = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_direct_room"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="first_is_lower"),
        ]

    def __str__(self):
        return f"{self.first} and {self.second}"


class Ban(models.Model):
    """A room is closed to a user, whether it is public or private, and even if they are invited."""

    room = models.ForeignKey(Room, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_ban")]

    def __str__(self):
        return f"{self.user} from {self.room}"


class InvitationQuerySet(models.QuerySet):
    """Invitations that still let people in."""

    def valid(self):
        """The invitations that have neither expired nor been revoked."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def find(self, token):
        """Return the valid invitation whose link has this token, or None.

        The signature is checked first, so trying out tokens never reaches the database.
        """
        try:
            key = signer.unsign(token)
        except BadSignature:
            return None
        return self.valid().select_related("room").filter(pk=key).first()


class Invitation(models.Model):
    """A link that admits everybody who has it to a private room, until it expires or is revoked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, models.CASCADE)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["expires_at"]

    def __str__(self):
        return f"to {self.room} until {self.expires_at:%Y-%m-%d}"

    @property
    def token(self):
        """The token in the link: the invitation's id, signed."""
        return signer.sign(str(self.pk))
