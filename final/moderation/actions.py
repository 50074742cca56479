"""Everything that people can do: report and mute, and for moderators, decide."""

import uuid

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from chat_app import messages, protocol
from chat_app.hub import notify_rooms
from chat_app.models import Membership, Message, Room
from moderation.models import Case, Decision, Mute, Report


class Refused(Exception):
    """A decision isn't possible. The text tells the moderator why."""


# For everybody


@transaction.atomic
def report(user, message, reason, note):
    """Store a report with the message's current text. Returns False for a second report."""
    now = timezone.now()
    case, _ = Case.objects.get_or_create(
        room=message.room,
        seq=message.seq,
        defaults={
            "room_name": message.room.name,
            "author": message.author,
            "reported_at": now,
        },
    )
    texts = {"reason": reason, "note": note, "text": message.text, "at": now}
    _, is_new = Report.objects.get_or_create(case=case, reporter=user, defaults=texts)
    if is_new:
        Case.objects.filter(pk=case.pk).update(is_open=True, reported_at=now)
    return is_new


@transaction.atomic
def mute(user, other):
    """Fold another user's messages, also on the user's open pages."""
    Mute.objects.get_or_create(user=user, muted=other)
    show_mute(user, other, True)


@transaction.atomic
def unmute(user, other):
    """Show again what somebody else writes."""
    Mute.objects.filter(user=user, muted=other).delete()
    show_mute(user, other, False)


def show_mute(user, other, is_muted):
    """After the commit, notify the user's own pages in all processes, and nobody else's."""
    name = other.get_short_name() or other.username
    frame = protocol.encode("mute", user=other.username, name=name, muted=is_muted)
    rooms = list(Membership.objects.filter(user=user).values_list("room", flat=True))
    transaction.on_commit(lambda: notify_rooms(rooms, frame=frame, only_user=user.pk))


# For moderators


def lock(case):
    """Lock a case until the end of the transaction, and return its row.

    The room is locked first, in the same order as when it's deleted, which prevents deadlocks.
    """
    Room.objects.select_for_update().filter(pk=case.room_id).first()
    return Case.objects.select_for_update().get(pk=case.pk)


def close(case, moderator, action):
    """Store a decision about a locked case.

    If the author has deleted their account in the meantime, the copies of the text are erased.
    """
    Decision.objects.create(
        case=case,
        action=action,
        moderator=moderator,
        moderator_name=moderator.username,
    )
    case.is_open = False
    case.save(update_fields=["is_open"])
    if case.author_id is None:
        case.reports.update(text="")


@transaction.atomic
def dismiss(case, moderator):
    """Leave the message as it is."""
    case = lock(case)
    if not case.is_open:
        raise Refused("Someone has already handled it.")
    close(case, moderator, Decision.Action.DISMISS)


@transaction.atomic
def delete_message(case, moderator):
    """Delete the message as its author could, so that it vanishes from all open pages.

    The deletion has no author, so the people in the room don't learn who made the decision.
    """
    case = lock(case)
    draft = messages.Draft(
        room_id=case.room_id,
        author=None,
        client_id=uuid.uuid4(),
        text="",
        kind=Message.Kind.DELETION,
        target=case.seq,
    )
    [outcome] = messages.store([draft])
    if isinstance(outcome, messages.Rejected):
        raise Refused("The message has already been deleted.")
    close(case, moderator, Decision.Action.DELETE)
    encoded = protocol.encode_message(outcome)
    event = {"seq": outcome.seq, "encoded": encoded}
    transaction.on_commit(lambda: notify_rooms([case.room_id], **event))


def can_ban():
    """Whether the project has the app that bans people from rooms."""
    return apps.is_installed("rooms")


@transaction.atomic
def ban_author(case, moderator):
    """Ban the author from the room, even if the moderator doesn't own it."""
    from rooms import actions as rooms

    case = lock(case)
    if case.room is None:
        raise Refused("The room was deleted.")
    if case.author is None:
        raise Refused("The author has deleted their account.")
    try:
        rooms.ban(case.room, None, case.author)
    except rooms.Refused as refusal:
        raise Refused(str(refusal)) from None
    close(case, moderator, Decision.Action.BAN)
