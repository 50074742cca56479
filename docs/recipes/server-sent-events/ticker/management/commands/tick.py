from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Send a price to every open page."

    def add_arguments(self, parser):
        parser.add_argument("price")

    def handle(self, *args, price, **options):
        event = {"type": "ticker.price", "price": price}
        async_to_sync(get_channel_layer().group_send)("ticker", event)
