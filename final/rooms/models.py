"""What a room has beside the chat's own fields: a title, a topic, invitations, bans, two people."""

import uuid

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from chat_app.models import Room

signer = Signer(sep=".", salt="rooms.invitation")


class RoomDetails(models.Model):
    """The title of a room, or "" as long as its name is enough, and what it is about.

    The name stays what it was, because it's in the room's URL. So links, open pages, and messages
    that wait in browsers don't notice that the room has another title.
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

    `first` is the one with the lower id, so each pair has one order. The other one may find the
    room empty, because a deleted user leaves NULL.
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
    """A room is closed to a user, whether it is public or private, and whoever invites them."""

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
        """Those that have neither expired nor been revoked."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def find(self, token):
        """Return the valid invitation whose link has this token, or None.

        The signature is checked first, so nobody can use the database to try tokens.
        """
        try:
            key = signer.unsign(token)
        except BadSignature:
            return None
        return self.valid().select_related("room").filter(pk=key).first()


class Invitation(models.Model):
    """A link that lets everybody who has it into a private room, until it expires or is revoked."""

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
        """What the link has to name: the id and its signature."""
        return signer.sign(str(self.pk))
