from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class User(AbstractUser):
    """A user of the chat. Our own model can be extended later, unlike Django's."""


class RoomQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Public rooms, and the private rooms that the user is a member of."""
        joined = Membership.objects.filter(user=user).values("room")
        return self.filter(Q(private=False) | Q(pk__in=joined))


class Room(models.Model):
    """A public or private room. `head` is the number of its newest message, starting at 1."""

    name = models.SlugField(max_length=80, unique=True)
    private = models.BooleanField(default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    head = models.PositiveBigIntegerField(default=0, editable=False)

    objects = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Membership(models.Model):
    """How far a user has read a room. Only users with a membership can enter a private room."""

    room = models.ForeignKey(Room, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    seen = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_membership")]

    def __str__(self):
        return f"{self.user} in {self.room}"


class Message(models.Model):
    """A message in a room, or a change of one: an edit or a deletion.

    `seq` numbers them all without gaps, so a page that missed a change notices it and gets it like
    a message. `client_id` comes from the author's page, so that nothing that is sent again is
    stored again. Messages from before this field existed have none.

    A change also updates its `target`, which is the number of a message in the same room. So a
    message always has its current text, and a deleted one has none.
    """

    class Kind(models.TextChoices):
        """What a row is."""

        MESSAGE = "message"
        EDIT = "edit"
        DELETION = "deletion"

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.MESSAGE)
    target = models.PositiveBigIntegerField(null=True, blank=True)
    edited = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)
    room = models.ForeignKey(Room, models.CASCADE)
    seq = models.PositiveBigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    client_id = models.UUIDField(null=True)
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="one_message_per_seq"),
            models.UniqueConstraint(fields=["author", "client_id"], name="one_message_per_id"),
        ]

    def __str__(self):
        return f"{self.room} {self.seq}"
