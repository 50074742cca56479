import json

from channels.layers import get_channel_layer
from django.http import StreamingHttpResponse
from django.views.decorators.http import require_GET


@require_GET
async def ticker(request):
    response = StreamingHttpResponse(prices(), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    return response


async def prices():
    layer = get_channel_layer()
    channel_name = await layer.new_channel()
    await layer.group_add("ticker", channel_name)
    try:
        yield "retry: 1000\n\n"
        while True:
            event = await layer.receive(channel_name)
            data = json.dumps({"price": event["price"]})
            yield f"data: {data}\n\n"
    finally:
        await layer.group_discard("ticker", channel_name)
