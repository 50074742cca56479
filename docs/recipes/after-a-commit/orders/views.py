from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from orders.models import Order


def announce(order_id):
    event = {"type": "order.created", "order_id": order_id}
    async_to_sync(get_channel_layer().group_send)("orders", event)


@require_POST
@transaction.atomic
def create_order(request):
    order = Order.objects.create(product=request.POST["product"])
    transaction.on_commit(partial(announce, order.pk))
    if request.POST.get("payment") == "refused":
        transaction.set_rollback(True)
        return HttpResponse("The payment was refused.", status=402)
    return HttpResponse(status=201)
