from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import CreateView

from chat_app.forms import AddMemberForm, RoomForm, SignUpForm
from chat_app.models import Membership, Room, User
from chat_app.protocol import describe


class SignUp(CreateView):
    """Create an account and log in. The first visitor also gets a room to try out: the lobby."""

    form_class = SignUpForm
    template_name = "registration/signup.html"

    def form_valid(self, form):
        if not Room.objects.exists():
            Room.objects.create(name="lobby")
        login(self.request, form.save())
        return redirect("index")


@login_required
def index(request):
    form = RoomForm(request.POST or None, instance=Room(owner=request.user))
    if form.is_valid():
        room = form.save()
        Membership.objects.create(room=room, user=request.user)
        return redirect("chat_room", room.name)
    rooms = Room.objects.visible_to(request.user)
    return render(request, "chat_app/index.html", {"rooms": rooms, "form": form})


@login_required
def chat_room(request, room_name):
    room = get_object_or_404(Room.objects.visible_to(request.user), name=room_name)
    return render(request, "chat_app/chat.html", {"room": room})


@login_required
def history(request, room_name):
    try:
        room = Room.objects.visible_to(request.user).get(name=room_name)
        before = int(request.GET.get("before", room.head + 1))
    except Room.DoesNotExist:
        return HttpResponse(status=404)
    except ValueError:
        return HttpResponse(status=400)
    if not 0 <= before < 2**63:
        return HttpResponse(status=400)
    rows = room.message_set.filter(seq__range=(before - 30, before - 1)).order_by("seq")
    messages = [describe(row) for row in rows]
    return JsonResponse({"more": before - 30 > 1, "messages": messages})


@login_required
def members(request, room_name):
    """The members of a private room. Its owner can add them."""
    room = get_object_or_404(Room, name=room_name, private=True, owner=request.user)
    form = AddMemberForm(request.POST or None)
    if form.is_valid():
        Membership.objects.get_or_create(room=room, user=form.cleaned_data["username"])
        return redirect("members", room.name)
    people = User.objects.filter(membership__room=room)
    return render(request, "chat_app/members.html", {"room": room, "people": people, "form": form})
