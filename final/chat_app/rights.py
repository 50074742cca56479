"""Whether a socket may stay open: a session that is logged in, a room that is open to its user.

Channels checks the session only when a socket opens, with several queries for each socket. These
checks take a few queries for any number of sockets. They are made when sockets enter a room, at
every heartbeat, and when a user may have lost a right.
"""

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
)
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat_app import plugins
from chat_app.database import in_read_thread
from chat_app.models import Membership, Room
from chat_app.protocol import DELETED, LEFT, NOT_A_MEMBER, NOT_LOGGED_IN


def read_session_key(cookies):
    """The key of the session that a visitor's cookies name, or None.

    A key has only letters and digits. PostgreSQL refuses anything with NUL in it, and with that all
    others that are looked up in the same query.
    """
    key = cookies.get(settings.SESSION_COOKIE_NAME, "")
    return key if key.isalnum() else None


def find_users(session_keys):
    """{session key: user} of the sessions that are logged in, in two queries."""
    rows = Session.objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    sessions = {row.session_key: row.get_decoded() for row in rows}
    to_id = get_user_model()._meta.pk.to_python
    user_ids = {
        key: to_id(session[SESSION_KEY])
        for key, session in sessions.items()
        if SESSION_KEY in session
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    }
    users = get_user_model().objects.filter(is_active=True).in_bulk(set(user_ids.values()))
    return {
        key: users[user_id]
        for key, user_id in user_ids.items()
        if user_id in users and is_valid(sessions[key], users[user_id])
    }


def is_valid(session, user):
    """Whether the session's data was made for the user's present password."""
    session_hash = session.get(HASH_SESSION_KEY, "")
    if constant_time_compare(session_hash, user.get_session_auth_hash()):
        return True
    # A hash made with an earlier SECRET_KEY, see SECRET_KEY_FALLBACKS.
    earlier_hashes = user.get_session_auth_fallback_hash()
    return any(constant_time_compare(session_hash, earlier) for earlier in earlier_hashes)


@in_read_thread
def may_enter(room_id, user):
    """Whether the room is open to the user."""
    return Room.objects.visible_to(user).filter(pk=room_id).exists()


@in_read_thread
def check(room_id, user_ids):
    """Return {session key: close code} of the sockets that have to close, and {session key: user}.

    `user_ids` is {session key: id of the user who is logged in with it}. The users are as the
    database knows them now.
    """
    users = find_users(user_ids)
    room = Room.objects.annotate(guarded=plugins.is_guarded()).filter(pk=room_id).first()
    shut_out = find_shut_out(room, set(user_ids.values())) if room else {}
    codes = {}
    for session_key, user_id in user_ids.items():
        if session_key not in users or users[session_key].pk != user_id:
            codes[session_key] = NOT_LOGGED_IN
        elif room is None:
            codes[session_key] = DELETED
        elif user_id in shut_out:
            codes[session_key] = shut_out[user_id]
    return codes, users


def find_shut_out(room, user_ids):
    """{user id: close code} of those who may not be in a room, or who have left it.

    Entering makes a user a member, so in a public room only those who left it aren't members.
    """
    members = Membership.objects.filter(room=room, user__in=user_ids)
    strangers = user_ids - set(members.values_list("user_id", flat=True))
    codes = dict.fromkeys(strangers, NOT_A_MEMBER if room.private else LEFT)
    if room.guarded:
        for _, user_id in plugins.find_excluded([room.pk], user_ids):
            codes[user_id] = NOT_A_MEMBER
    return codes
