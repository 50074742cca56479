from importlib import import_module

from channels.auth import get_user
from channels.db import database_sync_to_async
from django.conf import settings

from chat_app.models import Room
from chat_app.protocol import NOT_A_MEMBER, NOT_LOGGED_IN

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


async def find_close_code(scope, room):
    """Return the code to close a socket with, or None if it may stay open.

    The session and the user are read again, because the scope has them as they were when the socket
    opened.
    """
    session = SessionStore(scope["session"].session_key)
    if await get_user({"session": session}) != scope["user"]:
        return NOT_LOGGED_IN
    if not await may_enter(room.pk, scope["user"]):
        return NOT_A_MEMBER
    return None


@database_sync_to_async
def may_enter(room_id, user):
    """Whether the user may see the room."""
    return Room.objects.visible_to(user).filter(pk=room_id).exists()
