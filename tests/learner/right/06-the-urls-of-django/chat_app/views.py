from django.contrib import auth
from django.shortcuts import redirect, render

from chat_app.forms import RoomForm, SignUpForm


def index(request):
    form = RoomForm(request.GET or None)
    if form.is_valid():
        return redirect("chat_room", form.cleaned_data["room_name"])
    return render(request, "chat_app/index.html", {"form": form})


def chat_room(request, room_name):
    return render(request, "chat_app/chat.html", {"room_name": room_name})


def signup(request):
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        auth.login(request, form.save())
        return redirect("/")
    return render(request, "registration/signup.html", {"form": form})
