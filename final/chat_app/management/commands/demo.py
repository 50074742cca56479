"""`python manage.py demo` creates three people, a room and a conversation to experiment with."""

import uuid

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils.text import get_text_list

from chat_app.messages import Draft, store
from chat_app.models import Room

PASSWORD = "channels-workshop"
CONVERSATION = [
    ("ann", "Welcome! This room is open to everybody who signs up."),
    ("bob", "Does a message survive when my train goes into a tunnel?"),
    ("ann", "Yes. It waits in your browser and is sent when you are back."),
    ("cem", "And it never shows up twice. I tried."),
]


class Command(BaseCommand):
    """Creates whatever is missing of the demo, so it's safe to run again."""

    help = "Create three people, a room and a conversation to experiment with."

    def handle(self, *args, **options):
        """Create the demo, and print who can log in."""
        if not settings.DEBUG:
            raise CommandError("Set DEBUG=1 for the demo: everybody knows its password.")
        people = {name: get_person(name) for name, _ in CONVERSATION}
        taken = [name for name, user in people.items() if not user.check_password(PASSWORD)]
        free = [name for name in people if name not in taken]
        room, _ = Room.objects.get_or_create(name="lobby")
        for number, (name, text) in enumerate(CONVERSATION):
            if name in free:
                say(room, people[name], number, text)
        if free:
            names = get_text_list(free, "or")
            self.stdout.write(f"Log in as {names} with the password {PASSWORD}.")
        if taken:
            names = get_text_list(taken, "and")
            self.stdout.write(f"{names} had signed up before, with another password.")


def get_person(name):
    """Return the user with this name, and create it with the demo's password if necessary."""
    user, is_new = get_user_model().objects.get_or_create(username=name)
    if is_new:
        user.set_password(PASSWORD)
        user.save()
    return user


def say(room, author, number, text):
    """Store a message under an id derived from its number, so that it's only stored once."""
    client_id = uuid.uuid5(uuid.NAMESPACE_URL, f"demo/{room.pk}/{number}")
    store([Draft(room.pk, author, client_id, text)])
