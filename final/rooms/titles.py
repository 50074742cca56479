"""What a room is called, as expressions that chat_app puts into its queries."""

from django.db.models import Case, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from rooms.models import DirectRoom, RoomDetails

NOBODY = Value("somebody who left")


def given_title(user):
    """The title that the room's owner has given it, or NULL."""
    details = RoomDetails.objects.filter(room=OuterRef("pk")).exclude(title="")
    return Subquery(details.values("title"))


def direct_title(user):
    """The name of the other person in a direct room, or NULL."""
    second = Coalesce("second__username", NOBODY)
    first = Coalesce("first__username", NOBODY)
    rooms = DirectRoom.objects.filter(room=OuterRef("pk"))
    return Subquery(rooms.values(other=Case(When(first=user, then=second), default=first)))
