"""Runs inside the app's own environment: makes rooms and logged-in people, reads what is stored.

Started as a process in the app's folder. One JSON request a line comes in, one answer a line goes
out. It uses Django's models only, so it tells what the database holds, whatever the app thinks.
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
        deed = {"room": make_room, "messages": stored_messages}[request.pop("do")]
        print(json.dumps(deed(**request)), flush=True)


def make_room(name, people):
    """Make a public room and `people`, all logged in; return {person: value of the Cookie header}.

    What exists already is used again.
    """
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from chat_app.models import Room

    User = get_user_model()
    Room.objects.get_or_create(name=name)
    made = [User(username=person, password="!nobody logs in with it") for person in people]
    User.objects.bulk_create(made, ignore_conflicts=True)
    store, sessions, cookies = SessionStore(), [], {}
    until = timezone.now() + timedelta(days=1)
    for user in User.objects.filter(username__in=people):
        content = {
            "_auth_user_id": str(user.pk),
            "_auth_user_backend": settings.AUTHENTICATION_BACKENDS[-1],
            "_auth_user_hash": user.get_session_auth_hash(),
        }
        key = store._get_new_session_key()
        sessions.append(
            Session(session_key=key, session_data=store.encode(content), expire_date=until)
        )
        cookies[user.username] = f"{settings.SESSION_COOKIE_NAME}={key}"
    Session.objects.bulk_create(sessions)
    return cookies


def stored_messages(room):
    """Return [seq, author, text] of every message of the room, in their order."""
    from chat_app.models import Message

    rows = Message.objects.filter(room__name=room).order_by("seq", "pk")
    return list(rows.values_list("seq", "author__username", "text"))


main()
