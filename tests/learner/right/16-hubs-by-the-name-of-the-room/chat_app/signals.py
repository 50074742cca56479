from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from chat_app.hub import notify_rooms
from chat_app.models import Membership, User

RIGHTS_FIELDS = {"password", "is_active"}


@receiver(post_delete, sender=Session)
def recheck_after_logout(instance, **kwargs):
    """Logging out deletes a session."""
    user_id = instance.get_decoded().get(SESSION_KEY)
    if user_id is not None:
        recheck(int(user_id))


@receiver(post_save, sender=User)
def recheck_after_account_change(instance, created, update_fields, **kwargs):
    """The password may be new, or the account inactive. Logging in changes neither."""
    if not created and (update_fields is None or RIGHTS_FIELDS & set(update_fields)):
        recheck(instance.pk)


@receiver(post_delete, sender=Membership)
def recheck_after_removal(instance, **kwargs):
    """A member was removed from a room, or the room or the user was deleted."""
    recheck(instance.user_id, [instance.room.name])


def recheck(user_id, room_names=None):
    """After the commit, ask the user's sockets in these rooms, or in all, to check their rights."""
    if room_names is None:
        memberships = Membership.objects.filter(user=user_id)
        room_names = list(memberships.values_list("room__name", flat=True))
    # If the layer fails, log it and go on: the heartbeat of each hub checks rights as well.
    transaction.on_commit(lambda: notify_rooms(room_names, recheck=user_id), robust=True)
