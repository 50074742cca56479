"""All that ends a right, in one visit to the database."""

from channels.db import database_sync_to_async
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chat_app.models import Room, User


@database_sync_to_async
def find_close_code(scope, room):
    key = scope["session"].session_key
    row = Session.objects.filter(session_key=key, expire_date__gt=timezone.now()).first()
    user = User.objects.filter(pk=scope["user"].pk, is_active=True).first()
    if row is None or user is None:
        return 4401
    known = row.get_decoded().get(HASH_SESSION_KEY, "")
    if not constant_time_compare(known, user.get_session_auth_hash()):
        return 4401
    visible = Room.objects.visible_to(user)
    return None if visible.filter(pk=room.pk).exists() else 4403
