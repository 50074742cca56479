"""The pages: rooms, a room, its history, its members and sign-up; and the health checks.

To a non-member, a private room looks exactly like one that doesn't exist.
"""

import asyncio
import logging
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib import messages as notices
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, PasswordChangeView, RedirectURLMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.generic import CreateView

from chat_app import posting, protocol, throttles
from chat_app.forms import (
    AddMemberForm,
    MessageForm,
    RemoveMemberForm,
    RoomForm,
    SearchForm,
    SignUpForm,
)
from chat_app.hub import LAYER_SECONDS
from chat_app.models import Membership, Message, Room
from chat_app.window import open_window

logger = logging.getLogger(__name__)

DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
ROOMS_PER_PAGE = 20
ROOMS_IN_SIDEBAR = 20
MAX_DIGITS = 18  # every number of so many digits fits into the database


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def index(request):
    """The paginated list of rooms that the user can see, a search, and a form for a new room."""
    if not request.user.is_authenticated:
        return render(request, "chat_app/landing.html")
    form = RoomForm(request.POST or None, instance=Room(owner=request.user))
    if request.method == "POST":
        wait = throttles.rooms.take(request.user.pk)
        if wait:
            return throttles.too_many(request, wait)
    if form.is_valid() and (room := form.create()):
        return redirect("chat_room", room.name)
    return render(request, "chat_app/index.html", {**find_rooms(request), "form": form})


@never_cache
@require_safe
@login_required
def room_list(request):
    """Only the list of rooms, which open pages fetch to stay up to date."""
    return render(request, "chat_app/rooms.html", find_rooms(request))


def find_rooms(request):
    """The context for a page of rooms whose names contain the search text."""
    search = SearchForm(request.GET)
    query = search.cleaned_data["q"] if search.is_valid() else ""
    rooms = Room.objects.visible_to(request.user).with_titles(request.user)
    rooms = rooms.filter(Q(name__icontains=query) | Q(title__icontains=query))
    rooms = rooms.with_unread(request.user).annotate(is_joined=Q(mine__isnull=False))
    pages = Paginator(rooms.own_first(), ROOMS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    rooms_url = f"{reverse('room_list')}?{urlencode({'q': query, 'page': page.number})}"
    return {"rooms": page, "search": search, "query": query, "rooms_url": rooms_url}


class SignUp(RedirectURLMixin, CreateView):
    """Create an account, log in, and redirect to the page that required it.

    The first visitor also gets a room to try out: the lobby.
    """

    form_class = SignUpForm
    template_name = "registration/signup.html"
    next_page = "index"

    def get_context_data(self, **kwargs):
        """Return the context, with the page to redirect to."""
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)

    def form_valid(self, form):
        """Create the account and redirect, or return a 429 if the network creates too many."""
        wait = throttles.signups.take(throttles.client_network(self.request))
        if wait:
            return throttles.too_many(self.request, wait)
        if not Room.objects.exists():
            Room.objects.get_or_create(name="lobby")
        user = form.save()
        login(self.request, user, "django.contrib.auth.backends.ModelBackend")
        return redirect(self.get_success_url())


class PasswordLimitMixin:
    """Limits how often a network may post a form that makes the server hash a password."""

    def post(self, request, *args, **kwargs):
        """Return the view's response, or a 429 if the limit is used up."""
        wait = throttles.logins.take(throttles.client_network(request))
        if wait:
            return throttles.too_many(request, wait)
        return super().post(request, *args, **kwargs)


class LogIn(PasswordLimitMixin, LoginView):
    """Django's log-in, at a limited rate."""


class ChangePassword(PasswordLimitMixin, SuccessMessageMixin, PasswordChangeView):
    """Django's form for a new password, at a limited rate."""

    success_message = "Your password was changed. You’ve been logged out everywhere else."
    success_url = reverse_lazy("index")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def chat_room(request, room_name):
    """The page of a room, with its first window of messages and some of the user's other rooms.

    Only browsers without JavaScript post messages here: all others use the socket.
    """
    room = get_room(request.user, room_name)
    form = MessageForm(request.POST or None)
    if form.is_bound and posting.post(request.user, room, form):
        return redirect("chat_room", room.name)
    window = open_window(
        room,
        request.user,
        before=read_number(request, "before"),
        linked=read_number(request, "message"),
    )
    context = {**find_joined_rooms(request, room), "window": window, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "chat_app/chat.html", context, status=status)


def read_number(request, name):
    """Return the number of a message in the query string, or None if there is none."""
    digits = request.GET.get(name, "")
    return int(digits) if digits.isdecimal() and len(digits) <= MAX_DIGITS else None


@never_cache
@require_safe
@login_required
def sidebar_rooms(request, room_name):
    """The list of rooms shown next to a room. The page fetches it to stay up to date."""
    room = get_room(request.user, room_name)
    return render(request, "chat_app/rooms.html", find_joined_rooms(request, room))


def get_room(user, room_name):
    """Return a room with its title, or raise Http404 if it isn't open to the user."""
    rooms = Room.objects.visible_to(user).with_titles(user)
    return get_object_or_404(rooms, name=room_name)


def find_joined_rooms(request, room):
    """The context for the list of rooms next to a room, with the rooms the user has entered."""
    others = Room.objects.joined_by(request.user).exclude(pk=room.pk)
    rooms = [room, *others[:ROOMS_IN_SIDEBAR]]
    return {"room": room, "rooms": rooms, "rooms_url": reverse("sidebar_rooms", args=[room.name])}


@never_cache
@require_safe
@login_required
def history(request, room_name):
    """The messages before `before`, oldest first, as JSON: ?before=SEQ&limit=N.

    They have their current texts, so edits and deletions are left out.
    """
    room = get_object_or_404(Room.objects.visible_to(request.user), name=room_name)
    before = request.GET.get("before", str(room.head + 1))
    limit = request.GET.get("limit", str(DEFAULT_PAGE_SIZE))
    if not (before.isdecimal() and limit.isdecimal() and len(before) <= MAX_DIGITS):
        return HttpResponseBadRequest("Use whole numbers for before and limit.")
    limit = MAX_PAGE_SIZE if len(limit) > MAX_DIGITS else min(max(int(limit), 1), MAX_PAGE_SIZE)
    newest_first = (
        Message.objects.filter(room=room, seq__lt=int(before), kind=Message.Kind.MESSAGE)
        .select_related("author")
        .order_by("-seq")
    )
    page = list(newest_first[: limit + 1])  # one more, to know whether there are more
    encoded = [protocol.encode_message(message) for message in reversed(page[:limit])]
    frame = protocol.messages_frame(encoded, more=len(page) > limit)
    return HttpResponse(frame, content_type="application/json")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def members(request, room_name):
    """The members of a private room. Its owner can add and remove them."""
    rooms = Room.objects.filter(private=True, owner=request.user).with_titles(request.user)
    room = get_object_or_404(rooms, name=room_name)
    if "remove" in request.POST:
        return remove_member(request, room)
    form = AddMemberForm(request.POST or None)
    if form.is_valid():
        return add_member(request, room, form.cleaned_data["username"])
    people = get_user_model().objects.filter(membership__room=room).order_by("username")
    removed = request.GET.get("removed", "")
    context = {"room": room, "people": people, "form": form, "removed": removed}
    return render(request, "chat_app/members.html", context)


def add_member(request, room, user):
    """Add a user to a private room."""
    Membership.objects.get_or_create(room=room, user=user)
    notices.success(request, f"{user.username} was added.")
    return redirect("members", room.name)


def remove_member(request, room):
    """Remove the user named in the form from a private room. The owner always stays."""
    form = RemoveMemberForm(request.POST)
    if form.is_valid():
        username = form.cleaned_data["remove"]
        others = room.membership_set.exclude(user=request.user)
        removed, _ = others.filter(user__username=username).delete()
        if removed:
            notices.success(request, f"{username} was removed.")
            undo = urlencode({"removed": username})
            return redirect(f"{reverse('members', args=[room.name])}?{undo}")
    return redirect("members", room.name)


def healthz(request):
    """Liveness check: this process answers."""
    return HttpResponse("alive")


def readyz(request):
    """Readiness check: responds with 503 while the database or the channel layer is unreachable."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        async_to_sync(send_to_nobody)()
    except Exception as error:
        logger.warning("not ready: %r", error)
        return HttpResponse("The database or the channel layer is unavailable.", status=503)
    return HttpResponse("ready")


async def send_to_nobody():
    """Raise an error unless the channel layer answers in time."""
    async with asyncio.timeout(LAYER_SECONDS):
        await get_channel_layer().group_send("readyz", {"type": "ready"})
