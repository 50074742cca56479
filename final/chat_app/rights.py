"""Whether a socket may stay open: its session is logged in and its user may see the room.

Channels checks the session only when a socket opens, with several queries for each socket. These
checks take a few queries for any number of sockets. They run when sockets enter a room, at every
heartbeat, and when a user may have lost a right.
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
    """The session key in a visitor's cookies, or None.

    A key contains only letters and digits. PostgreSQL rejects any string with NUL in it, which
    would fail the whole query for everybody who is looked up with it.
    """
    key = cookies.get(settings.SESSION_COOKIE_NAME, "")
    return key if key.isalnum() else None


def find_users(session_keys):
    """Return {session key: user} for the sessions that are logged in, with two queries."""
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
    """Whether the session belongs to the user's current password."""
    session_hash = session.get(HASH_SESSION_KEY, "")
    if constant_time_compare(session_hash, user.get_session_auth_hash()):
        return True
    # A hash made with an earlier SECRET_KEY, see SECRET_KEY_FALLBACKS.
    earlier_hashes = user.get_session_auth_fallback_hash()
    return any(constant_time_compare(session_hash, earlier) for earlier in earlier_hashes)


@in_read_thread
def who_may_read(room_id, user_ids):
    """Return {user id: whether they may see the room}, with as few queries for many as for one."""
    room = Room.objects.annotate(guarded=plugins.is_guarded()).filter(pk=room_id).first()
    if room is None:
        return dict.fromkeys(user_ids, False)
    codes = find_shut_out(room, user_ids)
    return {user_id: codes.get(user_id) != NOT_A_MEMBER for user_id in user_ids}


@in_read_thread
def check(room_id, user_ids):
    """Return {session key: close code} for sockets to close, and {session key: user}.

    `user_ids` is {session key: id of the user who is logged in with it}. The users are freshly read
    from the database.
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
    """Return {user id: close code} for those who may not be in a room or have left it.

    Entering a public room makes a user a member, so only those who have left it aren't members.
    """
    members = Membership.objects.filter(room=room, user__in=user_ids)
    strangers = user_ids - set(members.values_list("user_id", flat=True))
    codes = dict.fromkeys(strangers, NOT_A_MEMBER if room.private else LEFT)
    if room.guarded:
        for _, user_id in plugins.find_excluded([room.pk], user_ids):
            codes[user_id] = NOT_A_MEMBER
    return codes
