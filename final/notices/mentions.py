"""Find out who a message mentions, when it is stored, changed or rendered."""

from collections import defaultdict

from chat_app.models import Membership
from chat_app.names import plain_form
from notices.models import Mention
from notices.names import find_names


def store_mentions(messages):
    """Store who new messages mention. An edit only keeps mentions that are still in the text."""
    written = {}  # {(room id, number): the message, or its last change}
    for message in messages:
        if message.target is not None:
            Mention.objects.filter(room=message.room_id, seq=message.target).delete()
        if message.target is not None or "@" in message.text:
            written[message.room_id, message.target or message.seq] = message
    names = {key: find_names(message.text) for key, message in written.items()}
    members = find_members(
        {room_id for (room_id, _), found in names.items() if found},
        {name for found in names.values() for name in found},
    )
    mentions = []
    for (room_id, seq), message in written.items():
        named = {user_id for name in names[room_id, seq] for user_id in members[room_id, name]}
        named.discard(message.author_id)
        mentions += [Mention(room_id=room_id, seq=seq, user_id=user_id) for user_id in named]
    Mention.objects.bulk_create(mentions)


def find_members(room_ids, names):
    """Return {(room id, name): {user id: username}} for the members with these names.

    "@Ann" refers to the user "ann", because no two usernames have the same plain form: see
    chat_app/names.py.
    """
    found = defaultdict(dict)
    if not names:
        return found
    plain_names = {name: plain_form(name) for name in names}
    rows = Membership.objects.filter(
        room__in=room_ids, user__plain_username__in=set(plain_names.values())
    ).values_list("room", "user", "user__username", "user__plain_username")
    for room_id, user_id, username, plain in rows:
        for name, plain_name in plain_names.items():
            if plain_name == plain:
                found[room_id, name][user_id] = username
    return found
