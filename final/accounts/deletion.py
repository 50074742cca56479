"""Delete an account: what is deleted, and what stays without a name."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.lockouts import forget_failures
from chat_app.models import Membership, Message, Room

BATCH_SIZE = 5000


@transaction.atomic
def delete_account(user):
    """Delete a user and the rooms that nobody else could enter any more. Their messages stay.

    The signals of chat_app give the user's other private rooms to somebody else, and close the
    user's sockets.
    """
    user = get_user_model().objects.select_for_update().get(pk=user.pk)
    rooms_of_nobody_else(user).delete()
    forget_author(user)
    forget_failures(user.username)
    user.delete()


def rooms_of_nobody_else(user):
    """The private rooms whose only member is the user."""
    others = Membership.objects.filter(room=OuterRef("pk")).exclude(user=user)
    return Room.objects.filter(~Exists(others), private=True, membership__user=user)


def forget_author(user):
    """Remove the user's name from their messages.

    Deleting the user would do this in a single statement, which would have to finish within a few
    seconds on PostgreSQL. This function works even for somebody with a million messages.
    """
    messages = Message.objects.filter(author=user)
    while Message.objects.filter(pk__in=messages.values("pk")[:BATCH_SIZE]).update(author=None):
        pass
