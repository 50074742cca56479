from django.shortcuts import redirect, render

from chat_app.forms import RoomForm


def index(request):
    form = RoomForm(request.GET or None)
    if form.is_valid():
        return redirect("chat_room", form.cleaned_data["room_name"])
    return render(request, "chat_app/index.html", {"form": form})


def chat_room(request, room_name):
    return render(request, "chat_app/chat.html", {"room_name": room_name})
