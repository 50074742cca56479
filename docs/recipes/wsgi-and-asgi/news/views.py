from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.http import HttpResponse
from django.views.decorators.http import require_POST


def interface(request):
    return HttpResponse("WSGI" if "wsgi.version" in request.META else "ASGI")


@require_POST
def publish(request):
    event = {"type": "news.headline", "headline": request.POST["headline"]}
    async_to_sync(get_channel_layer().group_send)("news", event)
    return HttpResponse(status=204)
