from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.http import JsonResponse
from django.views.decorators.http import require_POST


@require_POST
def publish(request):
    event = {"type": "news.headline", "headline": request.POST["headline"]}
    async_to_sync(get_channel_layer().group_send)("news", event)
    return JsonResponse({"sent": True})


@require_POST
async def publish_async(request):
    event = {"type": "news.headline", "headline": request.POST["headline"]}
    await get_channel_layer().group_send("news", event)
    return JsonResponse({"sent": True})
