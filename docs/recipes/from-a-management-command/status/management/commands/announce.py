from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Show a status to everyone who has the page open."

    def add_arguments(self, parser):
        parser.add_argument("status")

    def handle(self, *args, status, **options):
        event = {"type": "status.changed", "status": status}
        async_to_sync(get_channel_layer().group_send)("status", event)
        self.stdout.write(f"Announced: {status}")
