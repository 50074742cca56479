"""The rules of changes as queries, without loading more than their answers."""

from django.db.models import Q

from chat_app.models import Message
from chat_app.protocol import Refused


def find_target(draft, room):
    rows = Message.objects.filter(room=room, seq=draft.target, kind="message", deleted=False)
    mine = Q(author=draft.author)
    if draft.kind == "deletion" and room.owner_id == draft.author.pk:
        mine = Q()
    found = rows.filter(mine).only("seq", "room_id").first()
    if not found:
        problem = "It's not your message." if rows.exists() else "There is no such message."
        raise Refused(problem, str(draft.client_id))
    return found


def apply(change, target):
    row = Message.objects.filter(pk=target.pk)
    if change.kind == "edit":
        row.update(text=change.text, edited=True)
        return
    row.update(text="", deleted=True)
    Message.objects.filter(room=target.room_id, target=target.seq).update(text="")
