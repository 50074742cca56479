"""Users, rooms, their messages and read marks: the source of truth of the chat."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Case, Count, F, FilteredRelation, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from chat_app import plugins
from chat_app.names import MAX_PLAIN_LENGTH, plain_form


class User(AbstractUser):
    """Our own user model, so that fields can be added later.

    People see `get_short_name()` if a user has one, or else the username. When a user is deleted,
    their messages stay, without an author. For their rooms, see signals.py.

    `plain_username` is the same for names that look alike, which makes it easy to compare a new
    one.
    """

    plain_username = models.CharField(
        max_length=MAX_PLAIN_LENGTH, db_index=True, editable=False, default=""
    )

    def save(self, *args, update_fields=None, **kwargs):
        """Keep the plain form of the name up to date."""
        if update_fields is None or "username" in update_fields:
            self.plain_username = plain_form(self.username)
            update_fields = update_fields and {*update_fields, "plain_username"}
        super().save(*args, update_fields=update_fields, **kwargs)


class RoomQuerySet(models.QuerySet):
    """Queries for the rooms that a user can see, and for how much in them is new."""

    def visible_to(self, user):
        """Public rooms, and the private rooms that the user is a member of."""
        joined = Membership.objects.filter(user=user).values("room")
        return self.filter(Q(private=False) | Q(pk__in=joined)).without_excluded(user)

    def without_excluded(self, user):
        """Leave out the rooms that a plugin has closed to the user."""
        return self.exclude(plugins.excluded_rooms(user)) if plugins.exclusions else self

    def with_titles(self, user):
        """Add `title`, the room's name as the user sees it."""
        return self.annotate(title=plugins.room_title(user))

    def with_unread(self, user):
        """Add `unread`, the number of messages that the user hasn't seen."""
        mine = FilteredRelation("membership", condition=Q(membership__user=user))
        return self.annotate(mine=mine, seen=Coalesce("mine__seen", 0)).count_unread()

    def count_unread(self):
        """Add `unread` to rooms that have `seen`. Edits and deletions don't count."""
        return self.annotate(unread=F("head") - F("seen") - changes_after(OuterRef("seen")))

    def own_first(self):
        """After `with_unread` and `with_titles`: sort the rooms that the user has entered first."""
        return self.order_by(Case(When(mine=None, then=1), default=0), "title")

    def joined_by(self, user):
        """The rooms that the user has entered, with `unread`: first those that have any."""
        joined = self.filter(membership__user=user).without_excluded(user).with_titles(user)
        rooms = joined.annotate(seen=F("membership__seen")).count_unread()
        return rooms.order_by(Case(When(unread__gt=0, then=0), default=1), "title")


def changes_after(seen):
    """In a query for rooms: the number of edits and deletions that are newer than `seen`."""
    changes = Message.objects.filter(room=OuterRef("pk"), target__isnull=False, seq__gt=seen)
    counts = changes.values("room").annotate(count=Count("pk"))
    return Coalesce(Subquery(counts.values("count")), 0)


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

    `seq` numbers them all without gaps, so a client that missed a change notices it and gets it
    like a message. `client_id` is chosen by the author's client: a message that is sent again with
    the same id is only stored once.

    A change also updates its `target`, which is the number of a message in the same room, and the
    earlier changes of that message. So all of them have its current text, or none once it's
    deleted. `edited` means that the text differs from the one that was sent with this row's
    `client_id`.
    """

    class Kind(models.TextChoices):
        """What a row is."""

        MESSAGE = "message"
        EDIT = "edit"
        DELETION = "deletion"

    room = models.ForeignKey(Room, models.CASCADE)
    seq = models.PositiveBigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True)
    client_id = models.UUIDField()
    text = models.TextField(blank=True)
    at = models.DateTimeField()
    kind = models.CharField(
        max_length=8, choices=Kind, default=Kind.MESSAGE, db_default=Kind.MESSAGE
    )
    target = models.PositiveBigIntegerField(null=True, blank=True)
    edited = models.BooleanField(default=False, db_default=False)
    deleted = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="one_message_per_seq"),
            models.UniqueConstraint(fields=["author", "client_id"], name="one_message_per_id"),
        ]
        indexes = [
            models.Index(
                fields=["room", "seq"], name="changes_by_seq", condition=Q(target__isnull=False)
            ),
            models.Index(
                fields=["room", "target"],
                name="changes_by_target",
                condition=Q(target__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.room} {self.seq}"
