"""Close sockets as soon as a right ends: logout, new password, removed member, deleted room.

Channels checks the session only when a socket opens. These signals ask the user's sockets, in every
process, to check again. If the channel layer is down, the heartbeat does it.

They also hand a deleted user's private rooms on to somebody else.
"""

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver
from django.utils import timezone

from chat_app.hub import notify_rooms
from chat_app.models import Membership, Room

CHECKED_FIELDS = {"password", "is_active", "first_name"}  # the last is the display name


@receiver(post_delete, sender=Session)
def recheck_after_logout(instance, **kwargs):
    """A session was deleted, by logging out or because a new password changed its key."""
    if instance.expire_date <= timezone.now():
        return  # `clearsessions` deletes many of these; the heartbeat has closed their sockets
    user_id = instance.get_decoded().get(SESSION_KEY)
    if user_id is not None:
        recheck(int(user_id))


@receiver(post_save, sender=get_user_model())
def recheck_after_account_change(instance, created, update_fields, **kwargs):
    """The password may be new, the account inactive, or the display name different.

    Logging in also saves the user, but changes nothing that sockets have to know.
    """
    if created or (update_fields is not None and not CHECKED_FIELDS & set(update_fields)):
        return
    recheck(instance.pk)


@receiver(post_delete, sender=Membership)
def recheck_after_removal(instance, origin, **kwargs):
    """A member has left a room or was removed from it.

    If the room or the user was deleted, a single event for all sockets is enough.
    """
    if getattr(origin, "model", type(origin)) not in (Room, get_user_model()):
        recheck(instance.user_id, room_ids=[instance.room_id])


@receiver(post_delete, sender=Room)
def recheck_after_deletion(instance, **kwargs):
    """A room was deleted, so all of its sockets have to close."""
    recheck(None, room_ids=[instance.pk])


@receiver(pre_delete, sender=get_user_model())
def recheck_before_deletion(instance, **kwargs):
    """A user is about to be deleted, and their sockets in all rooms have to close."""
    recheck(instance.pk)


@receiver(pre_delete, sender=get_user_model())
def hand_on_private_rooms(instance, **kwargs):
    """Make the longest-standing member the owner, who is the only one who can add members.

    A room without other members stays closed until somebody adds a member in the admin. Public
    rooms stay without an owner, because their members are strangers to each other.
    """
    for room in Room.objects.filter(owner=instance, private=True):
        others = room.membership_set.exclude(user=instance).order_by("pk")
        if heir := others.first():
            room.owner_id = heir.user_id
            room.save(update_fields=["owner"])


def recheck(user_id, room_ids=None):
    """After the commit, ask the user's sockets in these rooms, or in all, to check their rights.

    Without a user, all sockets check them.
    """
    if room_ids is None:
        memberships = Membership.objects.filter(user=user_id)
        room_ids = list(memberships.values_list("room", flat=True))
    transaction.on_commit(lambda: notify_rooms(room_ids, recheck=user_id))
