"""`python manage.py demo` makes three people, a room and a conversation to try things on."""

import uuid

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from chat_app.messages import store
from chat_app.models import Message, Room

CONVERSATION = [
    ("ann", "Welcome! This room is open to everybody who signs up."),
    ("bob", "Does a message survive when my train goes into a tunnel?"),
    ("ann", "Yes. It waits in your browser and is sent when you are back."),
    ("cem", "And it never shows up twice. I tried."),
]


class Command(BaseCommand):
    def handle(self, *args, **options):
        room, is_new = Room.objects.get_or_create(name="lobby")
        for name, text in CONVERSATION if is_new else []:
            author, is_new = get_user_model().objects.get_or_create(username=name)
            if is_new:
                author.set_password("channels-workshop")
                author.save()
            store([Message(room=room, author=author, client_id=uuid.uuid4(), text=text)])
        self.stdout.write("Log in as ann, bob or cem with the password channels-workshop.")
