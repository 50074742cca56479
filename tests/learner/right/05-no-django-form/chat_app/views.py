import re

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

ROOM_NAME = re.compile(r"[-a-zA-Z0-9_]{1,80}")


def index(request):
    name = request.GET.get("room_name", "").strip()
    if ROOM_NAME.fullmatch(name):
        return HttpResponseRedirect(reverse("chat_room", args=[name]))
    return render(request, "chat_app/index.html", {"name": name})


def chat_room(request, room_name):
    return render(request, "chat_app/chat.html", {"room_name": room_name})
