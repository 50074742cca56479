"""Delete an account: what goes, and what stays without a name."""

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.lockouts import forget_failures
from chat_app.models import Membership, Message, Room

BATCH_SIZE = 5000


@transaction.atomic
def delete_account(user):
    """Delete a user and the rooms that nobody else could ever enter; their messages stay.

    The signals of chat_app give their other private rooms to somebody else, and close their
    sockets.
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
    """Take the user's name from their messages.

    Deleting the user would do it in one statement, for which PostgreSQL has a few seconds. This
    also works for somebody with a million messages.
    """
    messages = Message.objects.filter(author=user)
    while Message.objects.filter(pk__in=messages.values("pk")[:BATCH_SIZE]).update(author=None):
        pass
