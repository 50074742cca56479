from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q


class User(AbstractUser):
    """A user of the chat. Our own model can be extended later, unlike Django's."""


class RoomManager(models.Manager):
    def visible_to(self, user):
        mine = Q(membership__user=user)
        return self.get_queryset().filter(mine | Q(private=False)).distinct()


class Room(models.Model):
    """Somewhere to talk."""

    name = models.SlugField(max_length=80, unique=True)
    private = models.BooleanField(default=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)

    objects = RoomManager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Membership(models.Model):
    """Only users with a membership can enter a private room."""

    room = models.ForeignKey(Room, models.CASCADE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="one_membership")]

    def __str__(self):
        return f"{self.user} in {self.room}"
