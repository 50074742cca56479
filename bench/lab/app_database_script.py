"""Runs in the app's environment: creates rooms and users, reads messages, locks rows.

It runs as a process in the app's folder, reads one JSON request per input line, and prints one JSON
answer for each. It uses only Django's models, so it reports what's really in the database, whatever
the app believes.
"""

import json
import os
import sys
from datetime import timedelta

import django


def main():
    sys.path.insert(0, os.getcwd())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chat_project.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        command = COMMANDS[request.pop("command")]
        print(json.dumps(command(**request)), flush=True)


def make_room(name, people):
    """Create a public room and log `people` in. Returns {username: value of Cookie}.

    Existing rooms and users are reused.
    """
    from django.apps import apps
    from django.contrib.auth import get_user_model

    User = get_user_model()
    if Room := apps.all_models["chat_app"].get("room"):  # an early step has none
        Room.objects.get_or_create(name=name)
    users = [User(username=person, password="!has no password") for person in people]
    User.objects.bulk_create(users, ignore_conflicts=True)
    return log_in(User.objects.filter(username__in=people))


def log_in(users):
    """Create a session for each user. Returns {username: value of Cookie}."""
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    store = SessionStore()
    expires = timezone.now() + timedelta(days=1)
    sessions, cookies = [], {}
    for user in users:
        content = {
            "_auth_user_id": str(user.pk),
            "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[-1],
            "_auth_user_hash": user.get_session_auth_hash(),
        }
        key = store._get_new_session_key()
        data = store.encode(content)
        sessions.append(Session(session_key=key, session_data=data, expire_date=expires))
        cookies[user.username] = f"{settings.SESSION_COOKIE_NAME}={key}"
    Session.objects.bulk_create(sessions)
    return cookies


def stored_messages(room):
    """Return [seq, author, client_id, text, target] for each of the room's messages, in order.

    Fields that the project's messages don't have yet are "None" or None.
    """
    from django.apps import apps

    Message = apps.all_models["chat_app"].get("message")
    if not Message:
        return []
    known = {field.name for field in Message._meta.get_fields()}
    rows = Message.objects.filter(room__name=room).order_by("seq", "pk")
    fields = ["seq", "author__username", "text", *({"client_id", "target"} & known)]
    return [
        [row["seq"], row["author__username"], str(row.get("client_id")), row["text"]]
        + [row.get("target")]
        for row in rows.values(*fields)
    ]


def lock_room(name):
    """Open a transaction and lock the room's row until `unlock_room`."""
    from django.db import transaction

    from chat_app.models import Room

    transaction.set_autocommit(False)
    return Room.objects.select_for_update().get(name=name).name


def unlock_room():
    from django.db import transaction

    transaction.rollback()
    transaction.set_autocommit(True)


def lock_for_writing():
    """Block all other writes until `unlock_for_writing`."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        else:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE chat_app_message IN EXCLUSIVE MODE")


def unlock_for_writing():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK")


def count_lock_waiters():
    """Return how many PostgreSQL locks have someone waiting."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


COMMANDS = {
    "make_room": make_room,
    "stored_messages": stored_messages,
    "lock_room": lock_room,
    "unlock_room": unlock_room,
    "lock_for_writing": lock_for_writing,
    "unlock_for_writing": unlock_for_writing,
    "count_lock_waiters": count_lock_waiters,
}

main()
