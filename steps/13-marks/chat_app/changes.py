from chat_app.models import Message
from chat_app.protocol import Refused


def find_target(draft, room):
    """Return the message that a draft changes, or raise Refused.

    Authors may change their own messages, and the room's owner may delete any. The room is locked,
    so nobody else can change the message at the same time.
    """
    ref = str(draft.client_id)
    messages = Message.objects.filter(room=room, kind=Message.Kind.MESSAGE, deleted=False)
    target = messages.filter(seq=draft.target).first()
    if target is None:
        raise Refused("This message is deleted or never existed.", ref)
    is_owner = draft.author.pk == room.owner_id
    if draft.author.pk == target.author_id or (is_owner and draft.kind == Message.Kind.DELETION):
        return target
    raise Refused("Only the author of a message may change it.", ref)


def apply(change, target):
    """Update the message that a change refers to. A deleted text is gone from earlier edits too."""
    if change.kind == Message.Kind.EDIT:
        target.text = change.text
        target.edited = True
    else:
        Message.objects.filter(room=target.room_id, target=target.seq).update(text="")
        target.text = ""
        target.deleted = True
    target.save(update_fields=["text", "edited", "deleted"])
