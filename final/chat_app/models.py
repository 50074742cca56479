"""Rooms, how far each user has read them, and their messages: the truth of the chat."""

from django.conf import settings
from django.db import connections, models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from chat_app.protocol import encoder


class RoomQuerySet(models.QuerySet):
    def visible_to(self, user):
        mine = Membership.objects.filter(user=user).values("room")
        return self.filter(Q(private=False) | Q(pk__in=mine))

    def with_unread(self, user):
        seen = Membership.objects.filter(user=user, room=OuterRef("pk")).values("seen")
        return self.annotate(unread=F("head") - Coalesce(Subquery(seen), 0))

    def raise_heads(self, by):
        """Raise the heads by {room's id: count}, which locks those rooms: (id, head, private)."""
        sql = f"UPDATE {self.model._meta.db_table} SET head = head + %s WHERE id = %s"
        with connections[self.db].cursor() as cursor:
            for pk in sorted(by):
                cursor.execute(f"{sql} RETURNING id, head, private", [by[pk], pk])
                yield from cursor.fetchall()


class Room(models.Model):
    """`head` is the number of the newest message; numbers begin with 1."""

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
    """How far a user has read. A private room is open to whoever has a membership."""

    room = models.ForeignKey(Room, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    seen = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_membership")]

    def __str__(self):
        return f"{self.user} in {self.room}"


class MessageQuerySet(models.QuerySet):
    def insert(self, new):
        """Like `bulk_create`, for rows that are new; it takes half the time."""
        table, (_, *fields) = self.model._meta.db_table, self.model._meta.concrete_fields
        database = connections[self.db]
        columns, marks = ", ".join(f.column for f in fields), ", ".join("%s" for _ in fields)
        rows = [[f.get_db_prep_save(getattr(m, f.attname), database) for f in fields] for m in new]
        with database.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


class Message(models.Model):
    """`client_id` is the author's own name for it: sent twice, it is still one message."""

    room = models.ForeignKey(Room, models.CASCADE)
    seq = models.PositiveBigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    client_id = models.UUIDField()
    text = models.TextField()
    at = models.DateTimeField()
    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="one_message_per_seq"),
            models.UniqueConstraint(fields=["author", "client_id"], name="one_message_per_id"),
        ]

    def __str__(self):
        return f"{self.room} {self.seq}"

    def as_json(self):
        """The message, or a draft of one, as every frame and page carries it."""
        at = self.at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        fields = {"seq": self.seq, "author": self.author.username, "client_id": str(self.client_id)}
        return encoder.encode({**fields, "message": self.text, "at": at})
