from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from orders.models import Order


def announce(order_id):
    event = {"type": "order.changed", "order_id": order_id}
    async_to_sync(get_channel_layer().group_send)("admin-orders", event)


@receiver([post_save, post_delete], sender=Order)
def order_changed(sender, instance, **kwargs):
    transaction.on_commit(partial(announce, instance.pk))
