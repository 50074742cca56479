"""The pages: rooms, a room, its history, its members, signing up; and the readiness check.

A private room answers a stranger exactly as a room that does not exist.
"""

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib import messages as notices
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.db import connection
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from django.views.generic import CreateView

from chat_app import protocol
from chat_app.forms import MemberForm, RoomForm
from chat_app.models import Membership, Message, Room


def index(request):
    if not request.user.is_authenticated:
        return render(request, "chat_app/landing.html")
    form = RoomForm(request.POST or None, instance=Room(owner=request.user))
    if form.is_valid():
        room = form.save()
        Membership.objects.create(room=room, user=request.user)
        return redirect("chat_room", room.name)
    rooms = Room.objects.visible_to(request.user).with_unread(request.user)
    return render(request, "chat_app/index.html", {"rooms": rooms, "form": form})


class SignUp(CreateView):
    """Takes one form. Whoever is the first finds a room to try: the lobby."""

    form_class = UserCreationForm
    template_name = "registration/signup.html"

    def form_valid(self, form):
        if not Room.objects.exists():
            Room.objects.get_or_create(name="lobby")
        login(self.request, form.save(), "django.contrib.auth.backends.ModelBackend")
        return redirect("index")


@require_safe
@login_required
def chat_room(request, room_name):
    rooms = Room.objects.visible_to(request.user).with_unread(request.user)
    room = get_object_or_404(rooms, name=room_name)
    return render(request, "chat_app/chat.html", {"room": room, "rooms": rooms})


@require_safe
@login_required
def history(request, room_name):
    """The messages before `before`, oldest first: ?before=SEQ&limit=N."""
    room = get_object_or_404(Room.objects.visible_to(request.user), name=room_name)
    before, limit = request.GET.get("before", str(room.head + 1)), request.GET.get("limit", "50")
    if not (before.isdecimal() and limit.isdecimal() and len(before) < 19):
        return HttpResponseBadRequest("Ask with whole numbers for before and limit.")
    limit = min(int(limit[:4]), 200)
    rows = Message.objects.filter(room=room, seq__lt=int(before)).select_related("author")
    texts = [row.as_json() for row in rows.order_by("-seq")[: limit + 1]]
    frame = protocol.messages(reversed(texts[:limit]), more=len(texts) > limit)
    return HttpResponse(frame, content_type="application/json")


@login_required
def members(request, room_name):
    """The owner of a private room adds and removes members."""
    room = get_object_or_404(Room, name=room_name, private=True, owner=request.user)
    form = MemberForm(request.POST if "username" in request.POST else None)
    if name := request.POST.get("remove"):
        room.membership_set.exclude(user=request.user).filter(user__username=name).delete()
        notices.success(request, "The member is removed.")
    elif form.is_valid():
        Membership.objects.get_or_create(room=room, user=form.cleaned_data["username"])
        notices.success(request, "The member is added.")
    else:
        people = get_user_model().objects.filter(membership__room=room).order_by("username")
        context = {"room": room, "people": people, "form": form}
        return render(request, "chat_app/members.html", context)
    return redirect("members", room_name)


def readyz(request):
    """Can this process serve? 503 while the database or the channel layer is away."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        async_to_sync(get_channel_layer().group_send)("readyz", {"type": "ready"})
    except Exception as error:
        logging.getLogger(__name__).warning("not ready: %r", error)
        return HttpResponse("The database or the channel layer is away.", status=503)
    return HttpResponse("ready")
