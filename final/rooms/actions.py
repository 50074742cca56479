"""Everything that changes a room, its owner or its members.

Each action locks the room's row and checks its conditions again. So no two actions can contradict
each other: a room never belongs to somebody who has just left it.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from chat_app import protocol
from chat_app.forms import SUFFIX_LETTERS
from chat_app.hub import notify_rooms
from chat_app.models import Membership, Room
from rooms.models import Ban, DirectRoom, Invitation, RoomDetails

MAX_INVITATIONS = 20
RANDOM_LETTERS = 16


class Refused(Exception):
    """An action isn't possible. The text tells the user why."""


def lock(room, owner=None):
    """Lock a room until the end of the transaction, and return its row.

    Raises Refused if the room is gone, or if it no longer belongs to `owner`.
    """
    locked = Room.objects.select_for_update().filter(pk=room.pk).first()
    if locked is None:
        raise Refused("This room has been deleted.")
    if owner and locked.owner_id != owner.pk:
        raise Refused("This room now has a different owner.")
    return locked


@transaction.atomic
def describe(room, owner, title, topic):
    """Give a room a title and a topic, and show them on all open pages."""
    lock(room, owner)
    texts = {"title": "" if title == room.name else title, "topic": topic}
    RoomDetails.objects.update_or_create(room=room, defaults=texts)
    frame = protocol.encode("room", title=title, topic=topic)
    transaction.on_commit(lambda: notify_rooms([room.pk], frame=frame))


@transaction.atomic
def hand_over(room, owner, heir):
    """Make another member the owner."""
    room = lock(room, owner)
    if not Membership.objects.filter(room=room, user=heir).exists():
        raise Refused(f"{heir.username} is no longer in this room.")
    room.owner = heir
    room.save(update_fields=["owner"])


@transaction.atomic
def leave(room, user):
    """Remove a user from a room at their own request. The owner can't leave: rooms need one."""
    room = lock(room)
    if room.owner_id == user.pk:
        raise Refused("You own this room. Hand it over or delete it before you leave.")
    Membership.objects.filter(room=room, user=user).delete()


@transaction.atomic
def delete(room, owner):
    """Delete a room with all of its messages. All of its sockets close."""
    lock(room, owner).delete()


@transaction.atomic
def add(room, owner, user):
    """Let a user into a private room."""
    lock(room, owner)
    admit(room, user)


def admit(room, user):
    """Make a user a member, unless they are banned. The room is locked."""
    if Ban.objects.filter(room=room, user=user).exists():
        raise Refused(f"{user.username} is banned from this room.")
    Membership.objects.get_or_create(room=room, user=user)


@transaction.atomic
def remove(room, owner, user):
    """Remove somebody else from a room. They can come back to a public one.

    Without an `owner`, the site's staff removes them.
    """
    room = lock(room, owner)
    if user.pk == room.owner_id:
        raise Refused("The owner of a room can't be removed from it.")
    Membership.objects.filter(room=room, user=user).delete()


@transaction.atomic
def ban(room, owner, user):
    """Remove somebody else from a room and keep them out. The rules of `remove` apply."""
    remove(room, owner, user)
    Ban.objects.get_or_create(room=room, user=user)


@transaction.atomic
def unban(room, owner, user):
    """Lift a ban. A private room stays closed until the user is added again."""
    lock(room, owner)
    Ban.objects.filter(room=room, user=user).delete()


@transaction.atomic
def invite(room, owner, lifetime):
    """Create an invitation that is valid for a `lifetime`, and delete expired ones."""
    lock(room, owner)
    now = timezone.now()
    invitations = Invitation.objects.filter(room=room)
    invitations.filter(expires_at__lte=now).delete()
    if invitations.valid().count() >= MAX_INVITATIONS:
        raise Refused("There are too many links. Revoke one first.")
    return Invitation.objects.create(room=room, expires_at=now + lifetime)


@transaction.atomic
def revoke(room, owner, key):
    """Revoke an invitation. People who have used it stay members."""
    lock(room, owner)
    invitations = Invitation.objects.valid().filter(room=room, pk=key)
    invitations.update(revoked_at=timezone.now())


@transaction.atomic
def join(invitation, user):
    """Add a user to the room of an invitation, if it is still valid."""
    room = lock(invitation.room)
    if not Invitation.objects.valid().filter(pk=invitation.pk).exists():
        raise Refused("This invitation is no longer valid.")
    admit(room, user)


def find_direct(user, other):
    """Return the direct room of these two people, or None."""
    first, second = sorted([user, other], key=lambda person: person.pk)
    rooms = Room.objects.filter(direct__first=first, direct__second=second)
    return rooms.first()


def open_direct(user, other):
    """Return the direct room of these two people, and create it if there is none.

    If the user had left it, they become a member again. If the other one had left it, they stay
    out.
    """
    room = find_direct(user, other) or make_direct(user, other)
    Membership.objects.get_or_create(room=room, user=user)
    return room


def make_direct(user, other):
    """Create a direct room. If it is created twice at the same moment, only one of them stays."""
    first, second = sorted([user, other], key=lambda person: person.pk)
    name = f"direct-{get_random_string(RANDOM_LETTERS, SUFFIX_LETTERS)}"
    try:
        with transaction.atomic():
            room = Room.objects.create(name=name, private=True)
            DirectRoom.objects.create(room=room, first=first, second=second)
            people = [Membership(room=room, user=person) for person in (first, second)]
            Membership.objects.bulk_create(people)
    except IntegrityError:
        room = find_direct(user, other)
    return room
