"""A room's title, as expressions that chat_app puts into its queries."""

from django.db.models import Case, Value, When
from django.db.models.functions import Coalesce, NullIf

NOBODY = Value("somebody who left")


def given_title(user):
    """The title that the room's owner has given it, or NULL."""
    return NullIf("details__title", Value(""))


def direct_title(user):
    """The name of the other person in a room of two, or NULL in any other room."""
    return Case(
        When(direct=None, then=None),
        When(direct__first=user, then=shown_name("direct__second")),
        default=shown_name("direct__first"),
    )


def shown_name(path):
    """A user's name as people see it: the display name, or else the username."""
    display_name = NullIf(f"{path}__first_name", Value(""))
    return Coalesce(display_name, f"{path}__username", NOBODY)
