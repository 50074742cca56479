"""The pages of a room: its people, its settings, an invitation to it, and how to leave it.

To everybody else, a private room looks exactly like one that doesn't exist. The settings are only
for the owner, and for others that page doesn't exist either.
"""

from django.contrib import messages as notices
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chat_app import throttles
from chat_app.forms import AddMemberForm
from chat_app.models import Membership, Room
from chat_app.views import get_room
from rooms import actions
from rooms.forms import (
    DeletionForm,
    DetailsForm,
    HeirForm,
    InvitationForm,
    KeyForm,
    PersonForm,
)
from rooms.models import Ban, Invitation, RoomDetails

PEOPLE_PER_PAGE = 50

joins = throttles.Throttle("JOIN_BURST", "JOINS_PER_HOUR", 3600)


def get_own_room(user, room_name):
    """Return a room that the user owns, with its title, or raise Http404."""
    rooms = Room.objects.filter(owner=user).with_titles(user)
    return get_object_or_404(rooms, name=room_name)


def is_done(request, action, *args, success=None):
    """Call an action. Returns whether it worked, and adds a message that says so or why not."""
    try:
        action(*args)
    except actions.Refused as refusal:
        notices.error(request, str(refusal))
        return False
    if success:
        notices.success(request, success)
    return True


# People


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def people(request, room_name):
    """The people in a room, page by page. Its owner sees who is banned, and can add people."""
    room = get_room(request.user, room_name)
    is_owner = room.owner_id == request.user.pk
    form = AddMemberForm(request.POST or None)
    if request.method == "POST" and not (is_owner and room.private):
        raise Http404
    if form.is_valid():
        user = form.cleaned_data["username"]
        is_done(request, actions.add, room, request.user, user, success=f"{user} was added.")
        return redirect("rooms:people", room.name)
    members = get_user_model().objects.filter(membership__room=room).order_by("username")
    context = {
        "room": room,
        "is_owner": is_owner,
        "people": Paginator(members, PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
        "bans": Ban.objects.filter(room=room).select_related("user").order_by("user__username"),
        "form": form,
    }
    return render(request, "rooms/people.html", context)


def get_person(room, data):
    """Return the user named in the data, or raise Http404 if they were never in the room."""
    form = PersonForm(data, room=room)
    if not form.is_valid():
        raise Http404
    return form.cleaned_data["name"]


@never_cache
@require_safe
@login_required
def person(request, room_name):
    """A person in a room, with a button to write to them; the owner can also remove or ban them."""
    room = get_room(request.user, room_name)
    user = get_person(room, request.GET)
    context = {
        "room": room,
        "person": user,
        "is_owner": room.owner_id == request.user.pk,
        "is_member": Membership.objects.filter(room=room, user=user).exists(),
        "is_banned": Ban.objects.filter(room=room, user=user).exists(),
    }
    return render(request, "rooms/person.html", context)


@require_POST
@login_required
def write_to(request, room_name):
    """Open the direct room with somebody that the user has found in this room."""
    user = get_person(get_room(request.user, room_name), request.POST)
    if user == request.user:
        raise Http404
    if actions.find_direct(request.user, user) is None:
        wait = throttles.rooms.take(request.user.pk)
        if wait:
            return throttles.too_many(request, wait)
    return redirect("chat_room", actions.open_direct(request.user, user).name)


@require_POST
@login_required
def remove(request, room_name):
    """Remove somebody from a room that the user owns."""
    return change_person(request, room_name, actions.remove, "was removed")


@require_POST
@login_required
def ban(request, room_name):
    """Ban somebody from one's own room."""
    return change_person(request, room_name, actions.ban, "is banned")


@require_POST
@login_required
def unban(request, room_name):
    """End a ban."""
    return change_person(request, room_name, actions.unban, "is no longer banned")


def change_person(request, room_name, action, what):
    """Do something with the person named in the form, as the owner of the room."""
    room = get_own_room(request.user, room_name)
    name = request.POST.get("name", "")[:150].replace("\0", "")
    user = get_object_or_404(get_user_model(), username=name)
    is_done(request, action, room, request.user, user, success=f"{user} {what}.")
    return redirect("rooms:people", room.name)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def leave(request, room_name):
    """Leave a room, after a confirmation. The owner is told what to do first."""
    room = get_room(request.user, room_name)
    is_leaving = request.method == "POST"
    if is_leaving and is_done(request, actions.leave, room, request.user):
        notices.success(request, f"You have left {room.title}.")
        return redirect("index")
    context = {"room": room, "is_owner": room.owner_id == request.user.pk}
    return render(request, "rooms/leave.html", context)


# Settings


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request, room_name):
    """The settings of a room that the user owns. This view saves its title and topic."""
    room = get_own_room(request.user, room_name)
    form = DetailsForm(request.POST or None, room=room, initial=describe(room))
    if request.method == "POST":
        wait = throttles.messages.take(request.user.pk)  # a title goes to everybody, too
        if wait:
            return throttles.too_many(request, wait)
    if form.is_valid():
        texts = form.cleaned_data
        arguments = [room, request.user, texts["title"], texts["topic"]]
        is_done(request, actions.describe, *arguments, success="The room was changed.")
        return redirect("rooms:settings", room.name)
    return render_settings(request, room, details=form)


def describe(room):
    """The initial values of the form for a room's details."""
    details = RoomDetails.objects.filter(room=room).first()
    return {"title": room.title, "topic": details.topic if details else ""}


def render_settings(request, room, **forms):
    """Return the page, with the invalid form in place of a fresh one."""
    context = {
        "room": room,
        "details": DetailsForm(room=room, initial=describe(room)),
        "invitation": InvitationForm(),
        "heir": HeirForm(room=room),
        "deletion": DeletionForm(room=room),
        "invitations": Invitation.objects.valid().filter(room=room),
        **forms,
    }
    return render(request, "rooms/settings.html", context)


@require_POST
@login_required
def invite(request, room_name):
    """Create a link that lets people into a private room."""
    room = get_own_room(request.user, room_name)
    form = InvitationForm(request.POST)
    if not (room.private and form.is_valid()):
        raise Http404
    lifetime = form.cleaned_data["days"]
    success = "Send the link to the people you want to let in."
    is_done(request, actions.invite, room, request.user, lifetime, success=success)
    return redirect("rooms:settings", room.name)


@require_POST
@login_required
def revoke(request, room_name):
    """End an invitation before it expires."""
    room = get_own_room(request.user, room_name)
    form = KeyForm(request.POST)
    if not form.is_valid():
        raise Http404
    success = "The link was revoked."
    is_done(request, actions.revoke, room, request.user, form.cleaned_data["key"], success=success)
    return redirect("rooms:settings", room.name)


@require_POST
@login_required
def hand_over(request, room_name):
    """Make another member the owner of the user's room."""
    room = get_own_room(request.user, room_name)
    form = HeirForm(request.POST, room=room)
    if not form.is_valid():
        return render_settings(request, room, heir=form)
    user = form.cleaned_data["heir"]
    success = f"The room belongs to {user} now."
    is_done(request, actions.hand_over, room, request.user, user, success=success)
    return redirect("rooms:people", room.name)


@require_POST
@login_required
def delete(request, room_name):
    """Delete one's own room."""
    room = get_own_room(request.user, room_name)
    form = DeletionForm(request.POST, room=room)
    if not form.is_valid():
        return render_settings(request, room, deletion=form)
    success = f"{room.title} was deleted."
    is_done(request, actions.delete, room, request.user, success=success)
    return redirect("index")


# Invitations


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def join(request, token):
    """The page that an invitation's link opens: what the room is called, and a button to join it.

    Banned users get the same response as for a link that has expired or was made up.
    """
    invitation = Invitation.objects.find(token)
    if invitation is None or Ban.objects.filter(room=invitation.room, user=request.user).exists():
        return render(request, "rooms/no_invitation.html", status=404)
    room = Room.objects.with_titles(request.user).get(pk=invitation.room_id)
    if Membership.objects.filter(room=room, user=request.user).exists():
        return redirect("chat_room", room.name)
    if request.method == "POST":
        wait = joins.take(request.user.pk)
        if wait:
            return throttles.too_many(request, wait)
        if is_done(request, actions.join, invitation, request.user):
            return redirect("chat_room", room.name)
        return render(request, "rooms/no_invitation.html", status=404)
    return render(request, "rooms/join.html", {"room": room})
