"""What a socket stands on: a session that is logged in, and a room that is open to its user.

Channels looks at them only when a socket opens. Here the beat looks again: quickly at all sockets
of a room together, and closely, as Channels does, at those whom the quick look doubts.
"""

from channels.auth import get_user
from channels.db import database_sync_to_async
from django.contrib.auth import HASH_SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from chat_app.models import Room
from chat_app.protocol import NOT_A_MEMBER, NOT_LOGGED_IN


@database_sync_to_async
def may_enter(room_id, user):
    return Room.objects.visible_to(user).filter(pk=room_id).exists()


async def lost(room_id, user, session_key):
    """The close code for a socket that has lost a right, else None."""
    if await get_user({"session": SessionStore(session_key)}) != user:
        return NOT_LOGGED_IN
    return None if await may_enter(room_id, user) else NOT_A_MEMBER


@database_sync_to_async
def doubtful(room_id, people):
    """Of the {session's key: user's id}, the keys that want a closer look; in two queries."""
    sessions = Session.objects.filter(session_key__in=people, expire_date__gt=timezone.now())
    sessions = {session.session_key: session.get_decoded() for session in sessions}
    members = get_user_model().objects.filter(is_active=True, membership__room=room_id)
    members = members.in_bulk(set(people.values()))

    def is_in_order(key, user_id):
        member, session = members.get(user_id), sessions.get(key, {})
        return member and member.get_session_auth_hash() == session.get(HASH_SESSION_KEY)

    return {key for key, user_id in people.items() if not is_in_order(key, user_id)}
