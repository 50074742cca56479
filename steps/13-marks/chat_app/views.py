from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBadRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import CreateView

from chat_app.forms import AddMemberForm, RoomForm, SignUpForm
from chat_app.models import Membership, Message, Room, User
from chat_app.protocol import describe

PAGE_SIZE = 50
MAX_DIGITS = 18  # every number of so many digits fits into the database


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
    """The messages before `before`, oldest first, as JSON."""
    room = get_object_or_404(Room.objects.visible_to(request.user), name=room_name)
    before = request.GET.get("before", str(room.head + 1))
    if not before.isdecimal() or len(before) > MAX_DIGITS:
        return HttpResponseBadRequest("Ask with a whole number for before.")
    found = Message.objects.filter(room=room, seq__lt=int(before), kind=Message.Kind.MESSAGE)
    found = found.select_related("author").order_by("-seq")
    page = list(found[: PAGE_SIZE + 1])  # one more, to know whether there are more
    texts = [describe(message) for message in reversed(page[:PAGE_SIZE])]
    return JsonResponse({"messages": texts, "more": len(page) > PAGE_SIZE})


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
