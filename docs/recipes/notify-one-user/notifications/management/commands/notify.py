from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from notifications.notify import notify


class Command(BaseCommand):
    help = "Notify one user."

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("text")

    def handle(self, *args, username, text, **options):
        notify(get_user_model().objects.get(username=username), text)
