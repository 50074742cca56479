"""Messages sent with a form, from browsers without JavaScript."""

import math
import uuid

from django.db import transaction

from chat_app import messages, protocol, throttles
from chat_app.hub import notify_rooms
from chat_app.models import Membership

ALREADY_SENT = "Your earlier message was already sent. Send again to post this as a new one."


def post(user, room, form):
    """Store a form's message and tell the room. Returns False and adds an error on failure."""
    if not form.is_valid():
        return False
    wait = throttles.messages.take(user.pk)
    if wait:
        form.add_error("message", f"Wait {math.ceil(wait)} s, then send it again.")
        return False
    draft = messages.Draft(
        room_id=room.pk,
        author=user,
        client_id=form.cleaned_data["client_id"],
        text=form.cleaned_data["message"],
    )
    [outcome] = messages.store([draft])
    if isinstance(outcome, messages.Rejected):
        explain(outcome.code, form)
        return False
    mark_seen(user, room, outcome.seq)
    encoded = protocol.encode_message(outcome)
    # With ATOMIC_REQUESTS, the view's transaction is still open here.
    transaction.on_commit(lambda: notify_rooms([room.pk], seq=outcome.seq, encoded=encoded))
    return True


def explain(code, form):
    """Add the error to the form. If the message's id is used up, the next try gets a new one."""
    if code == "client_id_reused":
        form.data = form.data.copy()
        form.data["client_id"] = str(uuid.uuid4())
        form.add_error("message", ALREADY_SENT)
    else:
        form.add_error("message", protocol.ERRORS[code])


def mark_seen(user, room, seq):
    """Mark the room as read when its user posts, because no read marks arrive without a script."""
    if not room.private:  # keep a private room closed to a member who has just been removed
        Membership.objects.get_or_create(room=room, user=user)
    Membership.objects.filter(room=room, user=user, seen__lt=seq).update(seen=seq)
