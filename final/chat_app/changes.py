"""Edits and deletions: who may change a message, and how the change is applied.

A change is stored like a message, so it reaches everybody the same way. This module has what only
changes need. It all runs while the room is locked, so nobody else can change the message at the
same time.
"""

from chat_app.models import Message


def find_targets(drafts):
    """Return {(room id, number): message} for the messages that these drafts change."""
    if not drafts:
        return {}
    rooms = {draft.room_id for draft in drafts}
    numbers = {draft.target for draft in drafts}
    messages = Message.objects.filter(room__in=rooms, seq__in=numbers, kind=Message.Kind.MESSAGE)
    return {(message.room_id, message.seq): message for message in messages}


def rejection_code(draft, target, room):
    """Return the error code for a change that isn't allowed, or None.

    Authors may change their own messages. The room's owner and the site's staff may delete any
    message.
    """
    if target is None or target.deleted:
        return "unknown_message"
    may_delete = draft.author is None or draft.author_id == room.owner_id
    if may_delete and draft.kind == Message.Kind.DELETION:
        return None
    if draft.author is not None and draft.author_id == target.author_id:
        return None
    return "not_yours"


def apply(changes):
    """Insert changes and update their targets.

    Earlier changes to the same target get its current text, too. So a page that reads them later
    can't replace a newer text with an old one, and a deleted text is gone everywhere.
    """
    Message.objects.bulk_create(changes)
    for change in changes:
        messages = Message.objects.filter(room=change.room_id)
        target = messages.filter(seq=change.target)
        earlier = messages.filter(target=change.target, seq__lt=change.seq)
        if change.kind == Message.Kind.EDIT:
            target.update(text=change.text, edited=True)
            earlier.update(text=change.text, edited=True)
        else:
            target.update(text="", deleted=True)
            earlier.update(text="")
